"""Forms made of the controls of widely used libraries, and the server that keeps what they post."""
