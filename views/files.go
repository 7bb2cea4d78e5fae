package views

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"pegasus/chat"
)

// FileList is the panel that lists the files of a channel.
type FileList struct {
	Files []ListedFile
	More  string // where the list goes on, "" at its end
}

// ListedFile is a file with the message that it came with.
type ListedFile struct {
	chat.Attachment
	MessageID string
	Author    string
	At        time.Time
}

// FileView is the page of one file.
type FileView struct {
	Shell
	File chat.Attachment
}

// sort is how a file is shown.
type sort uint8

const (
	sortOther sort = iota
	sortPicture
	sortVideo
	sortAudio
	sortPDF
)

// sortOf says how a file is shown. What lies elsewhere is a link, whatever it is: a player would fetch it for everyone who
// reads. Of films only those are played that every browser plays.
func sortOf(f chat.Attachment) sort {
	kind, _, _ := strings.Cut(f.Type, "/")
	switch {
	case f.ThumbnailURL != "":
		return sortPicture
	case f.ID == "":
		return sortOther
	case f.Type == "video/mp4":
		return sortVideo
	case kind == "audio":
		return sortAudio
	case f.Type == "application/pdf":
		return sortPDF
	}
	return sortOther
}

func ofSort(files []chat.Attachment, sorts ...sort) []chat.Attachment {
	return slices.DeleteFunc(slices.Clone(files), func(f chat.Attachment) bool { return !slices.Contains(sorts, sortOf(f)) })
}

// fileLink is where a file is looked at: a PDF on a page of ours, all else where it lies.
func fileLink(f chat.Attachment) string {
	if sortOf(f) == sortPDF {
		return "/files/" + path.Base(f.URL)
	}
	return f.URL
}

// fileAbout says what a file is and how large.
func fileAbout(f chat.Attachment) string {
	kind := strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), "."))
	if kind == "" || f.Size == 0 {
		return kind
	}
	return kind + ", " + size(f.Size)
}

func fileIcon(f chat.Attachment) string {
	kind, _, _ := strings.Cut(f.Type, "/")
	switch {
	case kind == "image":
		return "image"
	case kind == "video":
		return "film"
	case kind == "audio":
		return "music"
	case f.Type == "application/pdf" || kind == "text":
		return "file-text"
	case strings.Contains(f.Type, "zip") || strings.Contains(f.Type, "tar") || strings.Contains(f.Type, "rar") || strings.Contains(f.Type, "7z"):
		return "file-archive"
	}
	return "file"
}

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
	case bytes < 1<<30:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	default:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(1<<30))
	}
}
