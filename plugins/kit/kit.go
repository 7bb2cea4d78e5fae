// Package kit holds what is given to whoever writes a plugin: the types of its programming interface and worked examples.
package kit

import _ "embed"

// Types is plugin.d.ts, which editors and models read.
//
//go:embed plugin.d.ts
var Types string
