// Replaced when the tests are written.
