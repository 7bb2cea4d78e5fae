package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/files"
)

// documentFiles says of the routes of files what their types do not.
func documentFiles(o *huma.OpenAPI) {
	form := func(about string) *huma.RequestBody {
		return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"file"},
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: about}},
		}}}}
	}
	o.Paths["/api/upload/avatar"].Post.RequestBody = form("PNG, JPEG, GIF or WebP, at most 5 MB")
	upload := o.Paths["/api/upload/message-file"].Post
	upload.RequestBody = form("At most MAX_CONTENT_LENGTH bytes. Its content and the extension of its name must agree")
	upload.Description = fmt.Sprintf("The file belongs to its sender until a message takes it, and is removed after 24 hours if none does. "+
		"Pictures lose their metadata. Taken are: %s.", strings.Join(files.Extensions(), ", "))

	file := o.Paths["/api/files/{key}"].Get
	file.Description = "One's own upload while no message has it, then for who may see the message. " +
		"Pictures, sound and film may be shown by a browser, and a PDF with view; everything else is a download."
	file.Parameters = []*huma.Param{
		textParam("path", "key", "The last part of its address"),
		textParam("query", "size", "thumb for the thumbnail"),
		textParam("query", "view", "Shows a PDF in a frame of this server's own pages"),
		textParam("header", "Range", "For parts of it"),
	}
	for _, status := range []int{http.StatusOK, http.StatusPartialContent, http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable} {
		file.Responses[statusKey(status)] = &huma.Response{Description: http.StatusText(status)}
	}
}
