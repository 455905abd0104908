package segment_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/radiograph/radiograph/segment"
)

// typical returns n documents of about 1.5 kB as web services send them: a
// request with calls to a table, a database and another service.
func typical(n int) [][]byte {
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = fmt.Appendf(nil, `{"name":"shop-api","id":"5f1e0a9b%08x","trace_id":"1-68f0c2a1-9b1d4e0f7a6c5b4d%08x",`+
			`"start_time":1760608929.%06d,"end_time":1760608930.%06d,"origin":"AWS::ECS::Container",`+
			`"http":{"request":{"method":"GET","url":"https://shop.example.com/carts/%d","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","client_ip":"198.51.100.%d"},"response":{"status":200,"content_length":%d}},`+
			`"aws":{"account_id":"123456789012","ecs":{"container":"shop-api-%d","cluster_arn":"arn:aws:ecs:eu-west-1:123456789012:cluster/shop"},"xray":{"sdk":"X-Ray for Go","sdk_version":"1.8.5"}},`+
			`"service":{"version":"1.42.0","runtime":"go1.26","compiler":"gc"},`+
			`"annotations":{"customer":"c-%d","cart_items":%d,"cache_hit":false},`+
			`"metadata":{"default":{"flags":["a","b"],"plan":{"name":"pro","limit":100}}},`+
			`"subsegments":[`+
			`{"id":"6f1e0a9b%08x","name":"DynamoDB","start_time":1760608929.2,"end_time":1760608929.25,"namespace":"aws","aws":{"operation":"GetItem","table_name":"carts","region":"eu-west-1","request_id":"QM3C%016X"},"http":{"response":{"status":200,"content_length":813}}},`+
			`{"id":"7f1e0a9b%08x","name":"shop@db.internal","start_time":1760608929.26,"end_time":1760608929.27,"namespace":"remote","sql":{"url":"postgresql://db.internal:5432/shop","database_type":"PostgreSQL","user":"shop","sanitized_query":"SELECT id, sku, qty FROM items WHERE cart = ?"}},`+
			`{"id":"8f1e0a9b%08x","name":"prices.internal","start_time":1760608929.28,"end_time":1760608929.31,"namespace":"remote","http":{"request":{"method":"POST","url":"http://prices.internal/quote","traced":true},"response":{"status":200}}},`+
			`{"id":"9f1e0a9b%08x","name":"render","start_time":1760608929.31,"end_time":1760608929.312}]}`,
			i, i, i%1e6, i*7%1e6, i, i%256, 400+i, i%8, i, i%13, i, i, i, i, i)
	}
	return docs
}

func size(docs [][]byte) (n int64) {
	for _, d := range docs {
		n += int64(len(d))
	}
	return n
}

// tagged is what encoding/json decodes the same documents into.
type tagged struct {
	Name        string                     `json:"name"`
	ID          string                     `json:"id"`
	TraceID     string                     `json:"trace_id"`
	ParentID    string                     `json:"parent_id"`
	StartTime   float64                    `json:"start_time"`
	EndTime     float64                    `json:"end_time"`
	InProgress  bool                       `json:"in_progress"`
	Type        string                     `json:"type"`
	Namespace   string                     `json:"namespace"`
	Origin      string                     `json:"origin"`
	Error       *bool                      `json:"error"`
	Fault       *bool                      `json:"fault"`
	Throttle    *bool                      `json:"throttle"`
	HTTP        *taggedHTTP                `json:"http"`
	AWS         json.RawMessage            `json:"aws"`
	SQL         *taggedSQL                 `json:"sql"`
	Cause       json.RawMessage            `json:"cause"`
	Service     json.RawMessage            `json:"service"`
	Annotations map[string]json.RawMessage `json:"annotations"`
	Metadata    json.RawMessage            `json:"metadata"`
	Subsegments []*tagged                  `json:"subsegments"`
}

type taggedHTTP struct {
	Request struct {
		Method    string `json:"method"`
		URL       string `json:"url"`
		UserAgent string `json:"user_agent"`
		ClientIP  string `json:"client_ip"`
		Traced    bool   `json:"traced"`
	} `json:"request"`
	Response struct {
		Status        int   `json:"status"`
		ContentLength int64 `json:"content_length"`
	} `json:"response"`
}

type taggedSQL struct {
	URL            string `json:"url"`
	SanitizedQuery string `json:"sanitized_query"`
	DatabaseType   string `json:"database_type"`
	User           string `json:"user"`
}

func BenchmarkDecode(b *testing.B) {
	docs := typical(50)
	b.Run("codec=radiograph", func(b *testing.B) {
		b.SetBytes(size(docs))
		b.ReportAllocs()
		var d segment.Decoder
		for b.Loop() {
			d.Reset()
			for _, doc := range docs {
				if _, err := d.Decode(doc); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("codec=encodingjson", func(b *testing.B) {
		b.SetBytes(size(docs))
		b.ReportAllocs()
		for b.Loop() {
			for _, doc := range docs {
				var s tagged
				if err := json.Unmarshal(doc, &s); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	docs := typical(50)
	segments := make([]*segment.Segment, len(docs))
	for i, doc := range docs {
		var err error
		if segments[i], err = segment.Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(size(docs))
	b.ReportAllocs()
	var out []byte
	for b.Loop() {
		for _, s := range segments {
			out = s.AppendJSON(out[:0])
		}
	}
}
