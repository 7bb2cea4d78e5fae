package web

import (
	"errors"
	"io"
	"net/http"

	"pegasus/fault"
)

// maxFields bounds how many fields a form with a picture may have.
const maxFields = 20

var (
	errForm     = fault.New(fault.Invalid, "INVALID_FORM", "The form could not be read.")
	errNoFile   = fault.Field("file", "NO_FILE", "Please choose a picture.")
	errTooLarge = fault.Field("file", "FILE_TOO_LARGE", "The picture is too large.")
)

// ReadPicture reads a form as it comes: nothing of it is put on the disk before it is a picture. It returns the other fields, by
// name, and the file in the field file, up to one byte more than limit, so that a larger one shows. It is a NO_FILE where there
// is none.
func ReadPicture(r *http.Request, limit int64) (fields map[string]string, picture []byte, err error) {
	fields = map[string]string{}
	form, err := r.MultipartReader()
	if err != nil {
		return fields, nil, errNoFile
	}
	for range maxFields {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fields, nil, unreadable(err)
		}
		most := int64(MaxBody)
		file := part.FormName() == "file" && part.FileName() != ""
		if file {
			most = limit
		}
		content, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return fields, nil, unreadable(err)
		}
		if file {
			picture = content
		} else {
			fields[part.FormName()] = string(content)
		}
	}
	if picture == nil {
		return fields, nil, errNoFile
	}
	return fields, picture, nil
}

// unreadable tells a form that breaks off from one that is too large.
func unreadable(err error) error {
	if Fault(err).Kind == fault.TooLarge {
		return errTooLarge
	}
	return errForm
}
