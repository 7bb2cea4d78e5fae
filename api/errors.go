package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"pegasus/fault"
	"pegasus/web"
)

// errorBody is the form of every JSON error, as huma takes it.
type errorBody struct{ web.ErrorBody }

func (e *errorBody) Error() string  { return e.Code + ": " + e.Message }
func (e *errorBody) GetStatus() int { return e.Status }

// huma has one error form for the whole process; this is where it gets ours.
func init() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		return refusal(context.Background(), status, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		return refusal(ctx.Context(), status, errs)
	}
}

// failure turns what a handler returned into an answer.
func failure(ctx context.Context, now time.Time, err error) error {
	f := web.Fault(err)
	web.NoteError(ctx, err)
	body := &errorBody{web.NewErrorBody(web.RequestID(ctx), now, f)}
	if f.RetryAfter == 0 {
		return body
	}
	headers := http.Header{}
	web.SetRetryAfter(headers, f)
	return huma.ErrorWithHeaders(body, headers)
}

// refusal is the answer to a request that huma could not read. What it says comes from the schema alone: the values
// that huma puts beside it may be passwords.
func refusal(ctx context.Context, status int, errs []error) *errorBody {
	f := fault.New(fault.Invalid, "VALIDATION_ERROR", "The request is not as it should be.")
	details := make([]web.FieldDetail, 0, len(errs))
	for _, err := range errs {
		if web.Fault(err).Kind == fault.TooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			details = append(details, fieldDetail(detail))
		}
	}
	switch status {
	case http.StatusUnprocessableEntity:
		if len(details) > 0 {
			f = fault.Field(details[0].Field, "VALIDATION_ERROR", details[0].Message)
		}
	case http.StatusBadRequest:
		f, details = fault.New(fault.Invalid, "INVALID_JSON", "The body is not valid JSON."), nil
	case http.StatusRequestEntityTooLarge:
		f, details = fault.New(fault.TooLarge, "BODY_TOO_LARGE", "The request is too large."), nil
	case http.StatusUnsupportedMediaType:
		f, details = fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/json."), nil
	case http.StatusRequestTimeout:
		f, details = fault.New(fault.Invalid, "REQUEST_TIMEOUT", "The body did not arrive in time."), nil
	default:
		f, details = fault.From(errors.Join(append(errs, errUnforeseen)...)), nil
	}
	web.NoteError(ctx, f)
	body := web.NewErrorBody(web.RequestID(ctx), time.Now(), f)
	if len(details) > 0 {
		body.Details = details
	}
	return &errorBody{body}
}

var errUnforeseen = errors.New("api: unforeseen failure")

// fieldDetail names the input at fault as its sender wrote it.
func fieldDetail(d *huma.ErrorDetail) web.FieldDetail {
	_, field, _ := strings.Cut(d.Location, ".")
	if name, found := strings.CutPrefix(d.Message, "expected required property "); found {
		name = strings.TrimSuffix(name, " to be present")
		field = strings.TrimPrefix(field+"."+name, ".")
		return web.FieldDetail{Field: field, Message: field + " is required"}
	}
	if field == "" {
		field = "body"
	}
	return web.FieldDetail{Field: field, Message: field + ": " + d.Message}
}
