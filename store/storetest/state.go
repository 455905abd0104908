package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/store"
)

func testState(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	ctx := t.Context()
	for _, kv := range [][3]string{{"rule", "a", "1"}, {"rule", "b", "2"}, {"group", "a", "3"}, {"rule", "a", "4"}, {"rule", "c", ""}} {
		if err := s.PutState(ctx, kv[0], kv[1], []byte(kv[2])); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"b", "never there"} {
		if err := s.DeleteState(ctx, "rule", key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	h.stages(t, s, func(t *testing.T, s store.Store) {
		for kind, want := range map[string]map[string]string{"rule": {"a": "4", "c": ""}, "group": {"a": "3"}, "none": {}} {
			entries, err := s.LoadState(t.Context(), kind)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for k, v := range entries {
				got[k] = string(v)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", kind, diff)
			}
		}
	})
}

func testValues(t *testing.T, h Harness) {
	s := h.Open(t, nil)
	put(t, s, 1, document(1, 0x11, "web", 0, 1, `,"origin":"AWS::EC2::Instance","user":"u-1","annotations":{"tenant":"acme","n":5},"http":{"request":{"url":"http://a/1"}}`))
	put(t, s, 2, document(2, 0x21, "worker", 0, 1, `,"annotations":{"tenant":"beta","ok":true}`))
	h.stages(t, s, func(t *testing.T, s store.Store) {
		for _, c := range []struct {
			name string
			q    store.ValuesQuery
			want []string
		}{
			{"nodes", store.ValuesQuery{Field: store.FieldNodeName}, []string{"web", "worker"}},
			{"prefix", store.ValuesQuery{Field: store.FieldNodeName, Prefix: "wo"}, []string{"worker"}},
			{"types", store.ValuesQuery{Field: store.FieldNodeType}, []string{"AWS::EC2::Instance", "client"}},
			{"keys", store.ValuesQuery{Field: store.FieldAnnotationKey}, []string{"n", "ok", "tenant"}},
			{"limit", store.ValuesQuery{Field: store.FieldAnnotationKey, Limit: 2}, []string{"n", "ok"}},
			{"values", store.ValuesQuery{Field: store.FieldAnnotationValue, Key: "tenant"}, []string{"acme", "beta"}},
			{"numbers", store.ValuesQuery{Field: store.FieldAnnotationValue, Key: "n"}, []string{"5"}},
			{"urls", store.ValuesQuery{Field: store.FieldURL}, []string{"http://a/1"}},
			{"users", store.ValuesQuery{Field: store.FieldUser}, []string{"u-1"}},
		} {
			c.q.Start, c.q.End = when(0), when(60)
			got, err := s.Values(t.Context(), c.q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
		}
	})
}
