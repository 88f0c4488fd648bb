"""Who speaks when: voices told apart on this machine. It knows no Django, and works in a limited child."""
