package files

import "strings"

// served is where the pictures of people are to be had.
const served = "/avatars/"

// Path returns where a stored picture is served: /avatars/{key}.
func Path(key string) string { return served + key }

// Key returns the key of a picture by the path where it is served, and whether it is one of ours.
func Key(path string) (key string, ours bool) { return strings.CutPrefix(path, served) }
