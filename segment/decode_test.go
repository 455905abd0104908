package segment_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/traceid"
)

func decode(t testing.TB, doc string) *segment.Segment {
	t.Helper()
	s, err := segment.Decode([]byte(doc))
	if err != nil {
		t.Fatalf("Decode(%s): %v", doc, err)
	}
	return s
}

// TestMembers gives a member of an otherwise minimal segment and what becomes of
// it in the processed document.
func TestMembers(t *testing.T) {
	for _, tc := range []struct{ name, in, out string }{
		{"nothing", ``, ``},
		{"unknown", `"Dummy":false,"x":{"y":[1,{}]}`, ``},
		{"nulls", `"http":null,"aws":null,"sql":null,"cause":null,"annotations":null,"metadata":null,"subsegments":null,"links":null,"user":null,"error":null,"parent_id":null,"type":null`, ``},
		{"wrong types", `"http":[],"aws":1,"sql":"x","cause":true,"annotations":[{}],"metadata":"x","subsegments":{},"links":{},"user":5,"error":"true","service":[],"precursor_ids":{}`, ``},
		{"strings", `"user":"u","origin":"AWS::EC2::Instance","resource_arn":"arn:aws:x"`, `"user":"u","origin":"AWS::EC2::Instance","resource_arn":"arn:aws:x"`},
		{"type of a segment", `"type":"segment"`, ``},
		{"parent", `"parent_id":"5F1E0A9B3C7D2E45"`, `"parent_id":"5f1e0a9b3c7d2e45"`},
		{"empty parent", `"parent_id":""`, ``},
		{"explicit flags", `"throttle":false,"error":false,"fault":true`, `"fault":true,"error":false,"throttle":false`},
		{"inferred is output only", `"inferred":true`, ``},
		{"not in progress", `"in_progress":false`, ``},
		{"traced", `"traced":true`, ``},
		{"last of repeated members", `"user":"a","user":"b","http":{"request":{}},"http":{"response":{"status":200}},"error":true,"error":"x"`, `"http":{"response":{"status":200}},"user":"b"`},
		{"escaped key", `"us\u0065r":"a"`, `"user":"a"`},
		{"whitespace", "\t\"user\" :\r\n\"a\"\n", `"user":"a"`},

		{
			"http", `"http":{"request":{"method":"GET","url":"http://x/","user_agent":"u","client_ip":"::1","x_forwarded_for":true,"traced":true,"y":1},"response":{"status":404,"content_length":-1,"x":[]},"z":0}`,
			`"http":{"request":{"method":"GET","url":"http://x/","user_agent":"u","client_ip":"::1","x_forwarded_for":true},"response":{"status":404,"content_length":-1}}`,
		},
		{"http with little", `"http":{"request":{"traced":false},"response":{"content_length":"0"}}`, `"http":{"request":{},"response":{}}`},
		{"http with nothing", `"http":{}`, `"http":{}`},
		{"http with wrong types", `"http":{"request":5,"response":{"status":"200","content_length":0}}`, `"http":{"response":{"content_length":0}}`},
		{"numbers as integers", `"http":{"response":{"status":2.0E2,"content_length":1234.9}}`, `"http":{"response":{"status":200,"content_length":1234}}`},
		{"huge integers", `"http":{"response":{"status":1e99,"content_length":123456789012345678901234567890}}`, `"http":{"response":{"status":2147483647,"content_length":9223372036854775807}}`},
		{"repeated request", `"http":{"request":{"method":"GET","traced":true},"request":{"url":"u"}}`, `"http":{"request":{"url":"u"}}`},

		{"aws", `"aws":{"account_id":"1","ec2":{"instance_id":"i-1","availability_zone":"eu-1a"},"x":{"y":[1,2]}}`, `"aws":{"account_id":"1","ec2":{"instance_id":"i-1","availability_zone":"eu-1a"},"x":{"y":[1,2]}}`},
		{"aws with whitespace", `"aws":{ "account_id" : "a b" , "x":[ 1 , "\" ," ] }`, `"aws":{"account_id":"a b","x":[1,"\" ,"]}`},
		{"aws with resource names", `"aws":{"resource_names":["x"],"retries":0,"resource\u005fnames":5}`, `"aws":{"retries":0}`},
		{"aws with nothing else", `"aws":{"resource_names":["x"]}`, `"aws":{}`},
		{"aws with invalid UTF-8", "\"aws\":{\"x\":\"a\xffb\"}", "\"aws\":{\"x\":\"a\ufffdb\"}"},

		{
			"sql", `"sql":{"connection_string":"c","url":"u","sanitized_query":"s","database_type":"t","database_version":"v","driver_version":"d","user":"u","preparation":"call","x":1}`,
			`"sql":{"connection_string":"c","url":"u","sanitized_query":"s","database_type":"t","database_version":"v","driver_version":"d","user":"u","preparation":"call"}`,
		},

		{
			"cause", `"cause":{"x":1,"working_directory":"/w","paths":["a",null,"b"],"exceptions":[{"id":"` + id2 + `","message":"m","type":"t","remote":true,"y":{},"truncated":1,"skipped":2,"cause":"` + id3 + `","stack":[{"path":"p","line":3,"label":"l","z":0},"x",{}]},7]}`,
			`"cause":{"working_directory":"/w","paths":["a","b"],"exceptions":[{"id":"` + id2 + `","message":"m","type":"t","remote":true,"truncated":1,"skipped":2,"cause":"` + id3 + `","stack":[{"path":"p","line":3,"label":"l"},{}]}]}`,
		},
		{"cause with empty stack", `"cause":{"exceptions":[{"id":"x","remote":false,"stack":[]}]}`, `"cause":{"exceptions":[{"id":"x"}]}`},
		{"cause elsewhere", `"cause":"` + id2 + `"`, `"cause":"` + id2 + `"`},
		{"cause elsewhere, as object", `"cause":{"id":"` + id2 + `"}`, `"cause":{"id":"` + id2 + `"}`},
		{"cause that is no id", `"cause":"boom"`, ``},
		{"exceptions win over a reference", `"cause":{"id":"` + id2 + `","exceptions":[{"id":"x"}]}`, `"cause":{"exceptions":[{"id":"x"}]}`},

		{"service", `"service": {"version": "1 2"}`, `"service":{"version":"1 2"}`},
		{"empty service", `"service":{ }`, ``},
		{"annotations", `"annotations":{"s":"x","n":-1.5,"i":12,"t":true,"f":false}`, `"annotations":{"s":"x","n":-1.5,"i":12,"t":true,"f":false}`},
		{"annotations of the wrong kind", `"annotations":{"a":null,"b":[1],"c":{"d":1},"e":1}`, `"annotations":{"e":1}`},
		{"annotation keys", `"annotations":{"aws:api_id":1,"a.b":2,"A_9":3,"a-b":4,"a b":5,"":6,"ä":7}`, `"annotations":{"aws:api_id":1,"a.b":2,"A_9":3}`},
		{"repeated annotation", `"annotations":{"a":1,"b":2,"a":"x"}`, `"annotations":{"a":"x","b":2}`},
		{"annotation numbers", `"annotations":{"a":1e3,"b":1e400,"c":-0,"d":123456789012345678901234567890,"e":0.1,"f":1E-7,"g":-1e400}`, `"annotations":{"a":1000,"b":1.7976931348623157e+308,"c":0,"d":1.2345678901234568e+29,"e":0.1,"f":1e-07,"g":-1.7976931348623157e+308}`},
		{"annotations without any good one", `"annotations":{"a b":1}`, ``},
		{"metadata", `"metadata":{"default":{"a":[1,null,{"b":"c"}]},"x":{}}`, `"metadata":{"default":{"a":[1,null,{"b":"c"}]},"x":{}}`},
		{"metadata with whitespace", `"metadata": { "default" : { "a b" : [ 1 , 2 ] } }`, `"metadata":{"default":{"a b":[1,2]}}`},
		{"metadata that is no object", `"metadata":{"a":1,"b":{"c":1.50},"d":[],"e":{"f":"\ud800"}}`, `"metadata":{"b":{"c":1.50},"e":{"f":"\ud800"}}`},
		{"metadata without any good one", `"metadata":{"a":1}`, ``},
		{"links", `"links":[{"trace_id":"68f0c2a19b1d4e0f7a6c5b4d3e2f1a00","id":"` + id2 + `","attributes":{"k": 1},"x":1},{"id":"` + id2 + `"},{"trace_id":"` + trace + `"},5]`, `"links":[{"trace_id":"` + trace + `","id":"` + id2 + `","attributes":{"k":1}}]`},
		{"precursors", `"precursor_ids":["` + id2 + `","x",5,"` + id3 + `"]`, `"precursor_ids":["` + id2 + `","` + id3 + `"]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := string(decode(t, root(tc.in)).AppendJSON(nil))
			want := `{"id":"` + id1 + `","name":"a","start_time":1,"trace_id":"` + trace + `","end_time":2`
			if tc.out != "" {
				want += "," + tc.out
			}
			if want += "}"; got != want {
				t.Errorf("with %s:\ngot  %s\nwant %s", tc.in, got, want)
			}
		})
	}
}

func TestStrings(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 20)
	for _, tc := range []struct{ in, want string }{
		{`plain`, `plain`},
		{`\"\\\/\b\f\n\r\t`, "\"\\/\b\f\n\r\t"},
		{`\u0041\u00e9\u20ac`, "Aé€"},
		{`\ud83d\ude00`, "😀"},
		{`\ud83d`, "\ufffd"},
		{`\ude00\ud83d`, "\ufffd\ufffd"},
		{`\ud83d\u0041`, "\ufffdA"},
		{`\ud83dx`, "\ufffdx"},
		{`\ud83d\ud83d\ude00`, "\ufffd😀"},
		{`a\u0000b`, "a\x00b"},
		{"é€😀", "é€😀"},
		{"a\xffb\xc3", "a\ufffdb\ufffd"},
		{"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
		{"\xff\\n", "\ufffd\n"},
		{"\ufffd\x7f", "\ufffd\x7f"},
		{long, long},
		{long + `\t` + long, long + "\t" + long},
		{`1234567\"89`, `1234567"89`},
	} {
		if got := decode(t, root(`"user":"`+tc.in+`"`)).User; got != tc.want {
			t.Errorf("string %q reads as %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		strings.Repeat("a", 200):          strings.Repeat("a", 200),
		strings.Repeat("a", 201):          strings.Repeat("a", 200),
		strings.Repeat("é", 201):          strings.Repeat("é", 200),
		strings.Repeat("é", 150):          strings.Repeat("é", 150),
		strings.Repeat("\xff", 201):       strings.Repeat("\ufffd", 200),
		strings.Repeat(`\ud83d\ude00`, 9): strings.Repeat("😀", 9),
		" ":                               " ",
		"S3":                              "S3",
		"amazon sqs":                      "amazon sqs",
	} {
		if got := decode(t, root(`"name":"`+in+`"`)).Name; got != want {
			t.Errorf("name %q reads as %q, want %q", in, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int64
		out  string
	}{
		{"0", 0, "0"},
		{"-0", 0, "0"},
		{"-1", -1e9, "-1"},
		{"-0.5", -5e8, "-0.5"},
		{"1760608929", 1760608929e9, "1760608929"},
		{"1760608929.125", 1760608929125e6, "1760608929.125"},
		{"1760608929.123456789", 1760608929123456789, "1760608929.123456789"},
		{"1760608929.000000001", 1760608929000000001, "1760608929.000000001"},
		{"1760608929.1234567894", 1760608929123456789, "1760608929.123456789"},
		{"1760608929.1234567895", 1760608929123456790, "1760608929.12345679"},
		{"1760608929.9999999999", 1760608930e9, "1760608930"},
		{"1.478293361271E9", 1478293361271e6, "1478293361.271"},
		{"1.478293361271449e+09", 1478293361271449000, "1478293361.271449"},
		{"1478293361271e-3", 1478293361271e6, "1478293361.271"},
		{"14782933612710000000000000e-16", 1478293361e9 + 271e6, "1478293361.271"},
		{"0.00000000000000000000000000001478293361271E38", 1478293361271e6, "1478293361.271"},
		{"1478293361.27100000000000000000000000000000000000000000", 1478293361271e6, "1478293361.271"},
		{"0e99999999999999999999999999", 0, "0"},
		{"1e-99999999999999999999999999", 0, "0"},
		{"4e-10", 0, "0"},
		{"5e-10", 1, "0.000000001"},
		{"4611686018.427387904", 1 << 62, "4611686018.427387904"},
		{"-4611686018.427387904", -1 << 62, "-4611686018.427387904"},
	} {
		s := decode(t, root(`"start_time":`+tc.in))
		if s.StartTime != tc.want {
			t.Errorf("time %s reads as %d, want %d", tc.in, s.StartTime, tc.want)
		}
		if out := string(s.AppendJSON(nil)); !strings.Contains(out, `"start_time":`+tc.out+",") {
			t.Errorf("time %s is written as %s, want %s", tc.in, out, tc.out)
		}
	}
	for _, in := range []string{"4611686018.427387905", "-4611686018.427387905", "1e10", "1e18", "18446744073709551617", "1e99999999999999999999", "123456789012345678901234567890"} {
		if r := reject(t, root(`"start_time":`+in)); r.Code != segment.CodeMissingStartTime {
			t.Errorf("time %s: %v, want MissingStartTime", in, r)
		}
	}
}

func TestAnnotationLimits(t *testing.T) {
	key, value := strings.Repeat("k", 500), strings.Repeat("v", 5000)
	s := decode(t, root(`"annotations":{"`+key+`":"`+value+`","k`+key+`":1}`))
	want := []segment.Annotation{{Key: key, Value: segment.Value{String: value}}}
	if diff := cmp.Diff(want, s.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

func TestManyRepeatedAnnotations(t *testing.T) {
	for _, distinct := range []int{31, 32, 33, 500} {
		var b strings.Builder
		for i := range 3 * distinct {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"k%d":%d`, i%distinct, i)
		}
		s := decode(t, root(`"annotations":{`+b.String()+`}`))
		if len(s.Annotations) != distinct {
			t.Fatalf("%d annotations, want %d", len(s.Annotations), distinct)
		}
		for i, a := range s.Annotations {
			want := segment.Annotation{
				Key:   fmt.Sprintf("k%d", i),
				Value: segment.Value{Kind: segment.NumberValue, Number: float64(2*distinct + i)},
			}
			if a != want {
				t.Errorf("annotation %d of %d is %v, want %v", i, distinct, a, want)
			}
		}
	}
}

func TestEmbedded(t *testing.T) {
	s := decode(t, root(`"parent_id":"`+id3+`","subsegments":[
		{"type":"anything","id":"`+id2+`","parent_id":"`+id3+`","trace_id":"nonsense","name":"b","start_time":1,"in_progress":true,"traced":true,"subsegments":[
			{"id":"`+id3+`","name":"c","start_time":3,"end_time":1,"http":{"request":{"traced":true}}}]}]`))
	child := s.Subsegments[0]
	grandchild := child.Subsegments[0]
	for _, e := range []*segment.Segment{s, child, grandchild} {
		if e.TraceID.String() != trace {
			t.Errorf("trace id of %s is %v, want %s", e.Name, e.TraceID, trace)
		}
	}
	type facts struct {
		Parent         traceid.EntityID
		Kind           segment.Kind
		Traced, IsOpen bool
	}
	got := []facts{
		{s.ParentID, s.Kind, s.Traced, s.InProgress},
		{child.ParentID, child.Kind, child.Traced, child.InProgress},
		{grandchild.ParentID, grandchild.Kind, grandchild.Traced, grandchild.InProgress},
	}
	want := []facts{
		{grandchild.ID, segment.KindSegment, false, false},
		{s.ID, segment.KindSubsegment, true, true},
		{child.ID, segment.KindSubsegment, true, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entities (-want +got):\n%s", diff)
	}
	out := string(s.AppendJSON(nil))
	if want := `"subsegments":[{"id":"` + id2 + `","name":"b","start_time":1,"in_progress":true,"subsegments":[` +
		`{"id":"` + id3 + `","name":"c","start_time":3,"end_time":1,"http":{"request":{}}}]}]}`; !strings.HasSuffix(out, want) {
		t.Errorf("got %s\nwant … %s", out, want)
	}
}

func TestStreamedSubsegment(t *testing.T) {
	s := decode(t, root(`"type":"subsegment","parent_id":"`+id2+`","namespace":"aws","name":"Amazon S3"`))
	if s.Kind != segment.KindSubsegment || s.ParentID.String() != id2 || !s.IsCall() || s.Name != "S3" {
		t.Errorf("got %+v", s)
	}
	want := `{"id":"` + id1 + `","name":"S3","start_time":1,"trace_id":"` + trace + `","end_time":2,"parent_id":"` + id2 + `","type":"subsegment","namespace":"aws"}`
	if got := string(s.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRepeatedSubsegmentsReplace(t *testing.T) {
	s := decode(t, root(`"subsegments":[{"id":"x"}],"subsegments":[]`))
	if len(s.Subsegments) != 0 {
		t.Errorf("subsegments %v, want those of the last member", s.Subsegments)
	}
}

func TestPartsAreBounded(t *testing.T) {
	const bound = 1 << 17
	frames := strings.TrimSuffix(strings.Repeat("{},", bound-1), ",")
	s := decode(t, root(`"cause":{"exceptions":[{"id":"x","stack":[`+frames+`]},{"id":"y"}],"paths":["p"]},"annotations":{"k":1}`))
	xs := s.Cause.Exceptions
	if len(xs) != 1 || len(xs[0].Stack) != bound-1 {
		t.Errorf("%d exceptions, want the first with all its frames", len(xs))
	}
	if n := len(s.Cause.Paths) + len(s.Annotations); n != 0 {
		t.Errorf("%d parts beyond the bound", n)
	}
	if s := decode(t, root(`"annotations":{"k":1}`)); len(s.Annotations) != 1 {
		t.Error("the bound outlasts its document")
	}
}

func TestEnumerationsHaveNames(t *testing.T) {
	got := fmt.Sprintln(segment.KindSegment, segment.KindSubsegment, segment.Unset, segment.False, segment.True,
		segment.StringValue, segment.NumberValue, segment.BooleanValue, segment.OK, segment.Error, segment.Throttle, segment.Fault)
	if want := "segment subsegment unset false true string number boolean ok error throttle fault\n"; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}
