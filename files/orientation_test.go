package files

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
)

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// exif is a block of metadata with an orientation behind another tag, and with the place where the photo was taken.
func exif(order byteOrder, orientation uint16) []byte {
	b := []byte("Exif\x00\x00")
	if order == byteOrder(binary.BigEndian) {
		b = append(b, "MM\x00*"...)
	} else {
		b = append(b, "II*\x00"...)
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 3)
	entry := func(tag, kind uint16, count uint32, value ...uint16) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = order.AppendUint32(b, count)
		b = order.AppendUint16(order.AppendUint16(b, value[0]), value[1])
	}
	entry(0x0100, 3, 1, 9, 0)
	entry(0x0112, 3, 1, orientation, 0)
	entry(0x8825, 4, 1, 50, 0)
	b = order.AppendUint32(b, 0)
	return append(b, "GPSLatitude 48.137154 GPSLongitude 11.576124"...)
}

// withEXIF puts metadata behind the start of a JPEG. A picture of another format stays as it is.
func withEXIF(picture, metadata []byte) []byte {
	if !isJPEG(picture) {
		return picture
	}
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(metadata)+2))
	return append(append(append([]byte{0xff, 0xd8}, segment...), metadata...), picture[2:]...)
}

func TestAPhotoStandsUpright(t *testing.T) {
	// What the sensor saw, of which each orientation makes the same picture: red, green / blue, white.
	for o, lying := range map[uint16][4]color.NRGBA{
		1: {red, green, blue, white}, 2: {green, red, white, blue}, 3: {white, blue, green, red}, 4: {blue, white, red, green},
		5: {red, blue, green, white}, 6: {green, white, red, blue}, 7: {white, green, blue, red}, 8: {blue, red, white, green},
	} {
		width, height := 320, 200
		if o >= 5 {
			width, height = height, width
		}
		photo := asJPEG(t, quarters(width, height, lying))
		for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
			a, _ := open(t)
			turned := withEXIF(photo, exif(order, o))
			_, m := put(t, a, turned, Crop{})
			wantQuarters(t, "whole", m, four)
			// The crop counts in the picture as it is seen, 320 by 200.
			_, m = put(t, a, turned, Crop{X: 220, Y: 0, Side: 100})
			wantQuarters(t, "top right", m, [4]color.NRGBA{green, green, green, green})
			_, m = put(t, a, turned, Crop{X: 60, Y: 100, Side: 100})
			wantQuarters(t, "bottom left", m, [4]color.NRGBA{blue, blue, blue, blue})
			_, m = put(t, a, turned, Crop{X: 260, Y: 50, Side: 100})
			wantQuarters(t, "right", m, [4]color.NRGBA{green, green, white, white})
			if t.Failed() {
				t.Fatalf("orientation %d in %s", o, order)
			}
		}
	}
}

func TestMetadataIsGone(t *testing.T) {
	a, dir := open(t)
	key, _ := put(t, a, withEXIF(asJPEG(t, quarters(300, 300, four)), exif(binary.BigEndian, 6)), Crop{})
	kept, err := os.ReadFile(filepath.Join(dir, key))
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"Exif", "GPS", "48.137"} {
		if bytes.Contains(kept, []byte(trace)) {
			t.Errorf("%s is still there", trace)
		}
	}
}

func TestMetadataThatIsNotUnderstoodTurnsNothing(t *testing.T) {
	photo := asJPEG(t, quarters(20, 10, four))
	good := exif(binary.LittleEndian, 6)
	if got := orientation(withEXIF(photo, good)); got != 6 {
		t.Fatalf("the pattern has orientation %d", got)
	}
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return withEXIF(photo, b)
	}
	const header, directory = 6, 14
	second := directory + 2 + 12
	for name, data := range map[string][]byte{
		"none": photo, "nothing": nil, "a marker alone": {0xff, 0xd8, 0xff}, "no jpeg": asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))),
		"orientation 0": withEXIF(photo, exif(binary.LittleEndian, 0)), "orientation 9": withEXIF(photo, exif(binary.LittleEndian, 9)),
		"orientation 65535": withEXIF(photo, exif(binary.BigEndian, 65535)),
		"byte order":        change(header, 'X', 'X'), "byte orders mixed": change(header, 'M', 'M'), "magic": change(header+2, 43),
		"directory beyond the end": change(header+4, 0xff, 0xff, 0, 0), "directory far beyond": change(header+4, 0xff, 0xff, 0xff, 0xff),
		"directory at the end": change(header+4, byte(len(good)-header), 0, 0, 0), "no entries": change(directory, 0, 0),
		"one entry": change(directory, 1, 0), "other type": change(second+2, 4), "two values": change(second+4, 2),
		"other name": change(0, 'X'), "empty": withEXIF(photo, nil), "name alone": withEXIF(photo, []byte("Exif\x00\x00")),
		"half a header": withEXIF(photo, good[:header+5]), "half a directory": withEXIF(photo, good[:directory+1]), "half an entry": withEXIF(photo, good[:second+9]),
		"after the pixels": append(bytes.Clone(photo), withEXIF(photo, good)...),
		"length 0":         {0xff, 0xd8, 0xff, 0xe1, 0, 0, 'E'}, "length beyond the end": {0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 'E'},
	} {
		if got := orientation(data); got != 1 {
			t.Errorf("%s: orientation %d", name, got)
		}
	}
	// Many entries are promised and few are there: the one that is counts.
	if got := orientation(change(directory, 0xff, 0xff)); got != 6 {
		t.Errorf("too many entries promised: orientation %d", got)
	}
	filled := append([]byte{0xff, 0xd8, 0xff, 0xff}, withEXIF(photo, good)[2:]...)
	if got := orientation(filled); got != 6 {
		t.Errorf("after filling: orientation %d", got)
	}
}

func FuzzOrientation(f *testing.F) {
	photo := asJPEG(f, quarters(20, 10, four))
	f.Add(withEXIF(photo, exif(binary.LittleEndian, 6)))
	f.Add(withEXIF(photo, exif(binary.BigEndian, 3)))
	f.Add(photo)
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Fatalf("orientation %d", o)
		}
	})
}
