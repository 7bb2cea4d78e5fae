package views

import (
	"fmt"

	"github.com/a-h/templ"

	"pegasus/chat"
)

// thumbnail is the longest side of a picture in a message, in pixels.
const thumbnail = 320

// measured returns the size at which a picture is shown, so that nothing moves when it arrives.
func measured(f chat.Attachment) templ.Attributes {
	width, height := f.Width, f.Height
	if width <= 0 || height <= 0 {
		return nil
	}
	if longest := max(width, height); longest > thumbnail {
		width, height = max(1, width*thumbnail/longest), max(1, height*thumbnail/longest)
	}
	return templ.Attributes{"width": number(int64(width)), "height": number(int64(height))}
}

// size returns a number of bytes as people read it.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%d KB", bytes>>10)
	default:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	}
}
