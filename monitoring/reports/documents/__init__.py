"""A report written: Word (``word``), HTML (``web``), PDF (``office``), with its charts as pictures (``charts``)."""
