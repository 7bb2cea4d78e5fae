package main

import (
	"io"

	"pegasus/api"
)

// openapi prints the description of the API that a server of this version gives at /api/openapi.json.
func openapi(out io.Writer) error {
	document, err := api.Document(false)
	if err != nil {
		return err
	}
	_, err = out.Write(append(document, '\n'))
	return err
}
