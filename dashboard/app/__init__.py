"""What is around every page: the script that Streamlit runs, navigation, and what is shown when something is wrong."""
