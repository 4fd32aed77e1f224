// The browser's own camera, or a film that it plays, sent to the server picture by picture.
