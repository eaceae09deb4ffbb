"""The HTTP port: polite, bounded GET and POST to addresses that strangers chose."""
