"""Today."""

import streamlit as st

from dashboard.view import view

v = view()
st.title(v.say("page.audit"))
