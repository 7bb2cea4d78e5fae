//go:build linux && !amd64 && !arm64

package jail

// On machines whose table of calls is not known here, the other walls stand alone.
func denyCalls() {}
