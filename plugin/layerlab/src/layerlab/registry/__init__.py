"""A registry as a value: repositories with tags and blobs, and what pushing and pulling would transfer."""
