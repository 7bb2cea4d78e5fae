package chat

import (
	"strings"
	"testing"
)

// The examples of the paper that the rules come from.
func TestInflectionsHaveOneStem(t *testing.T) {
	for _, row := range strings.Split(strings.TrimSpace(`
caresses caress
ponies poni
ties ti
cats cat
feed feed
agreed agre
plastered plaster
bled bled
motoring motor
sing sing
conflated conflat
troubled troubl
sized size
hopping hop
tanned tan
falling fall
hissing hiss
fizzed fizz
failing fail
filing file
happy happi
sky ski
skies ski
say say
relational relat
conditional condit
rational ration
valenci valenc
digitizer digit
radically radic
differently differ
vietnamization vietnam
predication predic
operator oper
feudalism feudal
decisiveness decis
hopefulness hope
formality formal
sensibility sensibl
triplicate triplic
formative form
electrical electr
goodness good
revival reviv
allowance allow
inference infer
airliner airlin
adjustable adjust
irritant irrit
replacement replac
adjustment adjust
dependent depend
adoption adopt
communism commun
activate activ
effective effect
probate probat
rate rate
cease ceas
controlling control
rolling roll
generalizations gener
oscillators oscil
running run
deployments deploy
deployed deploy
a a
is is
its it
naïve naïve
v2 v2
日本 日本`), "\n") {
		word, want, _ := strings.Cut(row, " ")
		if got := stem(word); got != want {
			t.Errorf("the stem of %s is %s, want %s", word, got, want)
		}
	}
}
