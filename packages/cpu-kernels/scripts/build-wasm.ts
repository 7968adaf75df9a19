// Builds assembly/ into src/generated/.

