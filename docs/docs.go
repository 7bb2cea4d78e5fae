// Package docs holds what the server shows of the texts beside it.
package docs

import _ "embed"

// Plugins is how plugins are written, in Markdown.
//
//go:embed plugins.md
var Plugins string
