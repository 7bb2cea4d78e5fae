package web

import (
	"io"
	"net/http"
	"time"
)

// silence is how long a client may send or take nothing of a file.
const silence = 30 * time.Second

// ReadPatiently lets the body of a request arrive for as long as something comes: a phone takes minutes for a large file.
// The function that it returns is for when all of it was read: the answer then has its own time.
func ReadPatiently(w http.ResponseWriter, r *http.Request) (read func()) {
	control := http.NewResponseController(w)
	r.Body = &patientBody{r.Body, control}
	// The server's deadline for the answer began with the request. A writer without deadlines has none to move.
	return func() { _ = control.SetWriteDeadline(time.Now().Add(silence)) }
}

// WaitPatiently lifts the deadlines of a request whose answer waits for somebody else, such as a model. The function that it returns
// is for when there is an answer: that then has its own time.
func WaitPatiently(w http.ResponseWriter) (answer func()) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // a writer without deadlines has none to lift
	_ = control.SetWriteDeadline(time.Time{})
	return func() { _ = control.SetWriteDeadline(time.Now().Add(silence)) }
}

// WritePatiently returns a writer that writes an answer for as long as its reader takes something.
func WritePatiently(w http.ResponseWriter) http.ResponseWriter {
	return patientWriter{w, http.NewResponseController(w)}
}

type patientBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (b *patientBody) Read(p []byte) (int, error) {
	_ = b.control.SetReadDeadline(time.Now().Add(silence)) // without deadlines the body has none to move
	return b.ReadCloser.Read(p)
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w patientWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(silence)) // as above
	return w.ResponseWriter.Write(p)
}

func (w patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
