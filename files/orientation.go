package files

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation returns how a picture has to be turned to stand upright, 1 to 8 as EXIF counts them; 1 is as it is, and the
// answer for whatever is not understood. Only JPEG files are asked, where cameras write it.
// Sources: CIPA DC-008 (Exif 2.32), 4.5.4 and 4.6.4 (tag 0x0112); ITU T.81, B.1.1.
func orientation(data []byte) int {
	if !isJPEG(data) {
		return 1
	}
	for rest := data[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker := rest[1]
		if marker == 0xff { // filling
			rest = rest[1:]
			continue
		}
		length := int(binary.BigEndian.Uint16(rest[2:]))
		// Pixels follow the start of a scan, and what stands behind them is none of ours.
		if marker == 0xda || length < 2 || 2+length > len(rest) {
			return 1
		}
		segment := rest[4 : 2+length]
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return tiffOrientation(tiff)
		}
		rest = rest[2+length:]
	}
	return 1
}

// tiffOrientation looks the tag up in the first directory of a TIFF header.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	start := int64(order.Uint32(tiff[4:]))
	if start+2 > int64(len(tiff)) {
		return 1
	}
	const entrySize, tag, short = 12, 0x0112, 3
	directory := tiff[start:]
	count := int(order.Uint16(directory))
	for entries := directory[2:]; count > 0 && len(entries) >= entrySize; count, entries = count-1, entries[entrySize:] {
		if order.Uint16(entries) != tag {
			continue
		}
		value := int(order.Uint16(entries[8:]))
		if order.Uint16(entries[2:]) != short || order.Uint32(entries[4:]) != 1 || value < 1 || value > 8 {
			return 1
		}
		return value
	}
	return 1
}

// seen returns the size of a picture once it stands upright.
func seen(size image.Point, orientation int) image.Point {
	if orientation >= 5 {
		return image.Pt(size.Y, size.X)
	}
	return size
}

// stored returns the corner, in a picture of a size as it lies in its file, of the square that stands at x, y once the picture
// is upright.
func stored(orientation int, size image.Point, x, y, side int) (storedX, storedY int) {
	right, bottom := size.X-side, size.Y-side
	switch orientation {
	case 2: // mirrored left to right
		return right - x, y
	case 3: // upside down
		return right - x, bottom - y
	case 4: // mirrored top to bottom
		return x, bottom - y
	case 5: // mirrored along the falling diagonal
		return y, x
	case 6: // to be turned clockwise
		return y, bottom - x
	case 7: // mirrored along the rising diagonal
		return right - y, bottom - x
	case 8: // to be turned counter-clockwise
		return right - y, x
	}
	return x, y
}
