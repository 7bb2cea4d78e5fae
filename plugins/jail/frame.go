package jail

import (
	"encoding/binary"
	"errors"
	"io"
)

// ErrFrame is a frame that is empty or larger than the reader takes.
var ErrFrame = errors.New("jail: a frame of a size that is not allowed")

// WriteFrame writes a message with its length before it: four bytes, the highest first.
func WriteFrame(w io.Writer, message []byte) error {
	framed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(message)), uint32(len(message)))
	_, err := w.Write(append(framed, message...))
	return err
}

// ReadFrame reads a message of 1 to most bytes. Room is made as bytes arrive, so that a length alone costs nothing.
// It returns io.EOF where the other side has ended between two messages.
func ReadFrame(r io.Reader, most int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := int64(binary.BigEndian.Uint32(head[:]))
	if size == 0 || size > int64(most) {
		return nil, ErrFrame
	}
	message, err := io.ReadAll(io.LimitReader(r, size))
	if err == nil && int64(len(message)) < size {
		err = io.ErrUnexpectedEOF
	}
	return message, err
}
