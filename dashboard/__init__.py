"""What people see: Streamlit pages that read the store and compute no capital."""
