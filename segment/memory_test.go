package segment

import "testing"

func TestHugeBookkeepingIsGivenUp(t *testing.T) {
	d := Decoder{kept: make([]span, 0, maxSpans+1)}
	if d.Reset(); d.kept != nil {
		t.Error("huge bookkeeping survives a reset")
	}
}
