"""The numbered steps of the server's database. A step that was released is never changed."""
