"""What stands between the network and Streamlit: who asks for what, how much it brings, and what every answer tells the browser."""
