package web

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"pegasus/fault"
)

const timeFormat = "2006-01-02T15:04:05.000Z"

// Time returns a time as it stands in JSON: UTC with exactly milliseconds. Clients of Better Auth read no finer ones.
func Time(t time.Time) string { return t.UTC().Format(timeFormat) }

// Status returns the HTTP status of a failure.
func Status(kind fault.Kind) int {
	switch kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Mismatch:
		return http.StatusUnprocessableEntity
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	case fault.Limited:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Gone:
		return http.StatusGone
	case fault.Full:
		return http.StatusInsufficientStorage
	default:
		return http.StatusInternalServerError
	}
}

// ErrorBody is the form of every JSON error.
type ErrorBody struct {
	Text      string `json:"error" doc:"Short text, for people and old clients" example:"Not Found"`
	Code      string `json:"code" doc:"Stable name of the failure, for programs" example:"CHANNEL_NOT_FOUND"`
	Message   string `json:"message" doc:"One sentence for a person"`
	Status    int    `json:"status" doc:"The HTTP status" example:"404"`
	Details   any    `json:"details,omitempty" doc:"What exactly was wrong, such as the field"`
	Timestamp string `json:"timestamp" doc:"When it happened"`
	RequestID string `json:"request_id" doc:"The id to quote when asking for help"`
}

// FieldDetail names an input at fault.
type FieldDetail struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// NewErrorBody returns the body for a failure. An Internal one says nothing of its cause.
func NewErrorBody(requestID string, now time.Time, f *fault.Error) ErrorBody {
	status := Status(f.Kind)
	body := ErrorBody{
		Text: http.StatusText(status), Code: f.Code, Message: f.Message, Status: status,
		Timestamp: Time(now), RequestID: requestID,
	}
	if f.Field != "" {
		body.Text = f.Message
		body.Details = []FieldDetail{{Field: f.Field, Message: f.Message}}
	}
	return body
}

// Fault returns the failure inside err, with the limits of net/http among the known ones.
func Fault(err error) *fault.Error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &fault.Error{Kind: fault.TooLarge, Code: "BODY_TOO_LARGE", Message: "The request is too large.", Err: err}
	}
	return fault.From(err)
}

// SetRetryAfter tells the client when to come back, where the failure says so.
func SetRetryAfter(h http.Header, f *fault.Error) {
	if f.RetryAfter > 0 {
		seconds := strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds())))
		h.Set("Retry-After", seconds)
		if f.Kind == fault.Limited {
			h.Set("X-Retry-After", seconds) // the name that clients of Better Auth read
		}
	}
}

// WriteJSONError answers with a failure in JSON.
func WriteJSONError(w http.ResponseWriter, r *http.Request, err error) {
	f := Fault(err)
	NoteError(r.Context(), err)
	SetRetryAfter(w.Header(), f)
	WriteJSON(w, Status(f.Kind), NewErrorBody(RequestID(r.Context()), time.Now(), f))
}

// WriteJSON answers with a value.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"Internal Server Error","code":"INTERNAL"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
