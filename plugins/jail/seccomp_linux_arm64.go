package jail

var neededHere []uint32
