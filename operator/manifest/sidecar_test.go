package manifest

import (
	"strings"
	"testing"
)

// expand is what a kubelet does with a value of the environment when no variable is defined:
// two dollars are one, and the rest stays.
func expand(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		out.WriteByte(s[i])
		if s[i] == '$' && i+1 < len(s) && s[i+1] == '$' {
			i++
		}
	}
	return out.String()
}

func TestLiteralSurvivesTheKubelet(t *testing.T) {
	for _, s := range []string{"", "$", "$$1:$$2", "${env:X}", "$(POD_NAME)", "$$(POD_NAME)", "$$$", "a$", "cost: 5$\n"} {
		escaped := literal(s)
		if got := expand(escaped); got != s {
			t.Errorf("%q: the container gets %q", s, got)
		}
		if strings.Contains(strings.ReplaceAll(escaped, "$$", ""), "$(") {
			t.Errorf("%q: a variable is expanded in %q", s, escaped)
		}
	}
}
