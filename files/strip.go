package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// errBroken is a picture that cannot be followed to its end.
var errBroken = errors.New("files: a broken picture")

// strip copies a picture without what says more than it shows: places, cameras, people, comments, and whatever follows its
// end. Its pixels stay as they are, byte by byte; how to turn it upright stays too, alone in a header of its own.
func strip(extension string, to io.WriteSeeker, from io.Reader) (orientation int, err error) {
	in, out := bufio.NewReaderSize(from, 64<<10), bufio.NewWriterSize(to, 64<<10)
	orientation = 1
	var length func() error // writes what is known only at the end
	switch extension {
	case "jpg":
		orientation, err = stripJPEG(out, in)
	case "png":
		orientation, err = stripPNG(out, in)
	case "webp":
		orientation, length, err = stripWebP(out, in, to)
	case "gif":
		err = stripGIF(out, in)
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil && length != nil {
		err = length()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errBroken
	}
	return orientation, err
}

// upright returns an EXIF block in TIFF's form that says how to turn a picture and nothing else.
func upright(orientation int) []byte {
	return []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0, 0, 0, 0, 0}
}

const (
	jpegSOI, jpegEOI, jpegSOS, jpegCOM        = 0xd8, 0xd9, 0xda, 0xfe
	jpegAPP0, jpegAPP1, jpegAPP2              = 0xe0, 0xe1, 0xe2
	jpegAPP14, jpegAPP15, jpegTEM             = 0xee, 0xef, 0x01
	jpegRST0, jpegRST7                        = 0xd0, 0xd7
	maxSegment                         uint16 = 0xffff
)

// stripJPEG keeps of the application's segments JFIF's, the colour profile and Adobe's, which say how to read the colours.
// A file that ends without its last marker is taken as it is: cameras write such, and browsers show them.
// Source: ITU T.81, B.1.1; ICC.1:2022, B.4.
func stripJPEG(out *bufio.Writer, in *bufio.Reader) (orientation int, err error) {
	var start [2]byte
	if _, err := io.ReadFull(in, start[:]); err != nil || start != [2]byte{0xff, jpegSOI} {
		return 1, errBroken
	}
	out.Write(start[:])
	segment := make([]byte, maxSegment)
	marker, err := nextMarker(in)
	for first := true; err == nil && marker != jpegEOI; first = false {
		if marker == jpegTEM || marker >= jpegRST0 && marker <= jpegRST7 {
			out.Write([]byte{0xff, marker})
			marker, err = nextMarker(in)
			continue
		}
		content, err := readSegment(in, segment)
		if err != nil || marker == jpegSOI || marker == 0 {
			return orientation, errBroken
		}
		if tiff, is := bytes.CutPrefix(content, []byte("Exif\x00\x00")); is && marker == jpegAPP1 && orientation == 0 {
			if orientation = tiffOrientation(tiff); orientation != 1 {
				writeSegment(out, jpegAPP1, append([]byte("Exif\x00\x00"), upright(orientation)...))
			}
		}
		if keepSegment(marker, content, first) {
			writeSegment(out, marker, content)
		}
		if marker != jpegSOS {
			marker, err = nextMarker(in)
		} else if marker, err = copyScan(out, in); errors.Is(err, io.EOF) {
			marker, err = jpegEOI, nil
		}
		if err != nil {
			return orientation, err
		}
	}
	if err == nil {
		_, err = out.Write([]byte{0xff, jpegEOI})
	}
	return max(orientation, 1), err
}

// readSegment reads a segment's content into a buffer that is large enough.
func readSegment(in io.Reader, segment []byte) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return nil, err
	}
	length := int(binary.BigEndian.Uint16(size[:]))
	if length < 2 {
		return nil, errBroken
	}
	_, err := io.ReadFull(in, segment[:length-2])
	return segment[:length-2], err
}

func keepSegment(marker byte, content []byte, first bool) bool {
	switch {
	case marker == jpegCOM:
		return false
	case marker == jpegAPP0:
		return first && bytes.HasPrefix(content, []byte("JFIF\x00"))
	case marker == jpegAPP2:
		return bytes.HasPrefix(content, []byte("ICC_PROFILE\x00"))
	case marker == jpegAPP14:
		return bytes.HasPrefix(content, []byte("Adobe")) && len(content) <= 12
	}
	return marker < jpegAPP0 || marker > jpegAPP15
}

func writeSegment(out *bufio.Writer, marker byte, content []byte) {
	out.Write([]byte{0xff, marker})
	out.Write(binary.BigEndian.AppendUint16(nil, uint16(len(content)+2)))
	out.Write(content)
}

// nextMarker skips filling bytes.
func nextMarker(in *bufio.Reader) (byte, error) {
	b, err := in.ReadByte()
	if err != nil || b != 0xff {
		return 0, errors.Join(err, errBroken)
	}
	for b == 0xff && err == nil {
		b, err = in.ReadByte()
	}
	return b, err
}

// copyScan copies compressed pixels and returns the marker that ends them. io.EOF says that the file ends in them.
func copyScan(out *bufio.Writer, in *bufio.Reader) (marker byte, err error) {
	for {
		chunk, err := in.ReadSlice(0xff)
		if err != nil {
			out.Write(chunk)
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			return 0, err
		}
		out.Write(chunk[:len(chunk)-1])
		next := byte(0xff)
		for next == 0xff && err == nil { // filling
			next, err = in.ReadByte()
		}
		if err != nil {
			return 0, err
		}
		if next != 0 && (next < jpegRST0 || next > jpegRST7) {
			return next, nil
		}
		out.Write([]byte{0xff, next})
	}
}

// pngKept are the chunks that say how to show the pixels. Source: W3C PNG, third edition, 11.2 and 11.3.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true,
	"sBIT": true, "bKGD": true, "hIST": true, "pHYs": true, "cICP": true, "mDCV": true, "cLLI": true, "acTL": true, "fcTL": true, "fdAT": true,
}

// maxEXIF bounds what is read of a picture's EXIF block, in bytes.
const maxEXIF = 1 << 20

func stripPNG(out *bufio.Writer, in *bufio.Reader) (orientation int, err error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 1, err
	}
	out.Write(head[:])
	orientation = 1
	for {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return orientation, err
		}
		size, name := int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
		switch {
		case pngKept[name]:
			out.Write(head[:])
			if _, err := io.CopyN(out, in, size+4); err != nil {
				return orientation, err
			}
		case name == "eXIf" && orientation == 1:
			tiff, err := readSome(in, size)
			if err != nil {
				return orientation, err
			}
			if orientation = tiffOrientation(tiff); orientation != 1 {
				writeChunk(out, "eXIf", upright(orientation))
			}
			if _, err := in.Discard(4); err != nil {
				return orientation, err
			}
		default:
			if _, err := io.CopyN(io.Discard, in, size+4); err != nil {
				return orientation, err
			}
		}
		if name == "IEND" {
			return orientation, nil
		}
	}
}

func writeChunk(out *bufio.Writer, name string, content []byte) {
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(content))))
	body := append([]byte(name), content...)
	out.Write(body)
	out.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(body)))
}

// readSome reads size bytes and returns the first maxEXIF of them.
func readSome(in io.Reader, size int64) ([]byte, error) {
	kept := make([]byte, min(size, maxEXIF))
	if _, err := io.ReadFull(in, kept); err != nil {
		return nil, err
	}
	_, err := io.CopyN(io.Discard, in, size-int64(len(kept)))
	return kept, err
}
