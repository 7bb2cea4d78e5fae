package files

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// webpKept are the chunks of pixels and colours. Source: RFC 9649, 2.
var webpKept = map[string]bool{
	"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true,
}

const webpEXIF, webpXMP = 1 << 3, 1 << 2 // flags of VP8X

// stripWebP writes the length of the whole and what VP8X announces last, by the function that it returns.
func stripWebP(out *bufio.Writer, in *bufio.Reader, to io.WriteSeeker) (orientation int, finish func() error, err error) {
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 1, nil, err
	}
	out.Write(head[:])
	body := &io.LimitedReader{R: in, N: int64(binary.LittleEndian.Uint32(head[4:])) - 4}
	orientation = 1
	var flags, total uint32 = 0, 4
	extended := false
	for {
		var chunk [8]byte
		if body.N <= 0 && total > 4 {
			break
		}
		if _, err := io.ReadFull(body, chunk[:]); err != nil {
			return orientation, nil, err
		}
		name, size := string(chunk[:4]), int64(binary.LittleEndian.Uint32(chunk[4:]))
		size += size & 1 // chunks are filled up to even lengths
		switch {
		case name == "EXIF" && extended && orientation == 1:
			tiff, err := readSome(body, size)
			if err != nil {
				return orientation, nil, err
			}
			tiff = bytes.TrimPrefix(tiff, []byte("Exif\x00\x00")) // which some programs write here too
			if orientation = tiffOrientation(tiff); orientation != 1 {
				block := upright(orientation)
				out.WriteString("EXIF")
				out.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(block))))
				out.Write(block)
				total += 8 + uint32(len(block))
			}
		case !webpKept[name]:
			if _, err := io.CopyN(io.Discard, body, size); err != nil {
				return orientation, nil, err
			}
		default:
			out.Write(chunk[:])
			if name == "VP8X" {
				if extended || total != 4 || size != 10 {
					return orientation, nil, errBroken
				}
				extended = true
				first := []byte{0}
				if _, err := io.ReadFull(body, first); err != nil {
					return orientation, nil, err
				}
				flags = uint32(first[0])
				out.Write(first)
				size--
				total++
			}
			if _, err := io.CopyN(out, body, size); err != nil {
				return orientation, nil, err
			}
			total += 8 + uint32(size)
		}
	}
	return orientation, func() error {
		if _, err := to.Seek(4, io.SeekStart); err != nil {
			return err
		}
		if _, err := to.Write(binary.LittleEndian.AppendUint32(nil, total)); err != nil || !extended {
			return err
		}
		flags &^= webpEXIF | webpXMP
		if orientation != 1 {
			flags |= webpEXIF
		}
		if _, err := to.Seek(20, io.SeekStart); err != nil {
			return err
		}
		_, err := to.Write([]byte{byte(flags)})
		return err
	}, nil
}

// stripGIF drops comments and the blocks of applications but those that say how often to move.
// Source: GIF89a, 17 to 27.
func stripGIF(out *bufio.Writer, in *bufio.Reader) error {
	var head [13]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return err
	}
	out.Write(head[:])
	if err := copyPalette(out, in, head[10]); err != nil {
		return err
	}
	for {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		switch b {
		case 0x3b:
			return out.WriteByte(b)
		case 0x2c:
			var image [10]byte
			image[0] = b
			if _, err := io.ReadFull(in, image[1:]); err != nil {
				return err
			}
			out.Write(image[:])
			if err := copyPalette(out, in, image[9]); err != nil {
				return err
			}
			if _, err := io.CopyN(out, in, 1); err != nil { // the least size of a code
				return err
			}
			if err := copyBlocks(out, in); err != nil {
				return err
			}
		case 0x21:
			if err := copyExtension(out, in); err != nil {
				return err
			}
		default:
			return errBroken
		}
	}
}

func copyPalette(out io.Writer, in io.Reader, flags byte) error {
	if flags&0x80 == 0 {
		return nil
	}
	_, err := io.CopyN(out, in, 3<<(flags&7+1))
	return err
}

func copyExtension(out *bufio.Writer, in *bufio.Reader) error {
	label, err := in.ReadByte()
	if err != nil {
		return err
	}
	keep := label == 0xf9 || label == 0x01
	if label == 0xff {
		name, err := in.Peek(12)
		if err != nil {
			return err
		}
		keep = string(name) == "\x0bNETSCAPE2.0" || string(name) == "\x0bANIMEXTS1.0"
	}
	if !keep {
		return copyBlocks(io.Discard, in)
	}
	out.Write([]byte{0x21, label})
	return copyBlocks(out, in)
}

// copyBlocks copies blocks up to the empty one that ends them.
func copyBlocks(out io.Writer, in *bufio.Reader) error {
	for {
		size, err := in.ReadByte()
		if err != nil {
			return err
		}
		if _, err := out.Write([]byte{size}); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
		if _, err := io.CopyN(out, in, int64(size)); err != nil {
			return err
		}
	}
}
