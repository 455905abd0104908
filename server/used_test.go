package server_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestKeysAreUsedByEveryService asks IAM when a key was last used, after calls of X-Ray.
func TestKeysAreUsedByEveryService(t *testing.T) {
	x := newTarget(t)
	if resp, text := x.do(x.signed("reader", "/Groups", "{}")); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	_, text := x.do(call("admin", "iam", "GetAccessKeyLastUsed", "AccessKeyId", x.who("reader").AccessKeyID)(x))
	if !strings.Contains(text, "<ServiceName>xray</ServiceName><Region>us-east-1</Region>") {
		t.Errorf("got %s", text)
	}
	if resp, text := x.do(x.signed("chained", "/Groups", "{}")); resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	_, text = x.do(call("admin", "iam", "GetRole", "RoleName", "chained")(x))
	if !strings.Contains(text, "<RoleLastUsed><LastUsedDate>") {
		t.Errorf("got %s", text)
	}
}
