package filter

import "strings"

// field is what a comparison looks at.
type field uint8

const (
	fieldOK field = iota
	fieldError
	fieldFault
	fieldThrottle
	fieldPartial
	fieldInferred
	fieldRoot
	fieldFirst
	fieldLast
	fieldRemote
	fieldResponseTime
	fieldDuration
	fieldStatus
	fieldIndex
	fieldCoverage
	fieldURL
	fieldMethod
	fieldUserAgent
	fieldClientIP
	fieldUser
	fieldName
	fieldType
	fieldMessage
	fieldAvailabilityZone
	fieldInstanceID
	fieldResourceARN
	fieldAnnotation
	fieldSourceAnnotation      // of the caller's node, beyond X-Ray
	fieldDestinationAnnotation // of the called node, beyond X-Ray
)

// kind is the type of a field's values.
type kind uint8

const (
	kindBool kind = iota
	kindNumber
	kindString
	kindAny // annotations: each value has its own type
)

// scope is a set of places in an expression.
type scope uint8

const (
	scopeTrace          scope = 1 << iota // outside of braces
	scopeService                          // in the body of service()
	scopeEdge                             // in the body of edge()
	scopeCauseService                     // in the body of rootcause.*.service
	scopeCauseEntity                      // in the body of rootcause.fault.entity and rootcause.error.entity
	scopeTimeEntity                       // in the body of rootcause.responsetime.entity
	scopeCauseException                   // in the body of rootcause.*.exception

	scopeObserved = scopeTrace | scopeService | scopeEdge
	scopeCause    = scopeCauseService | scopeCauseEntity | scopeTimeEntity | scopeCauseException
)

// keyword is how a field is written, and where.
type keyword struct {
	name   string
	kind   kind
	scopes scope
	detail string // for completion
}

var keywords = [...]keyword{
	fieldOK:                    {"ok", kindBool, scopeObserved, "no error, fault or throttle"},
	fieldError:                 {"error", kindBool, scopeObserved, "client error (4xx)"},
	fieldFault:                 {"fault", kindBool, scopeObserved, "server fault (5xx)"},
	fieldThrottle:              {"throttle", kindBool, scopeObserved, "too many requests (429)"},
	fieldPartial:               {"partial", kindBool, scopeObserved, "the trace misses a segment"},
	fieldInferred:              {"inferred", kindBool, scopeTrace | scopeService | scopeCauseService, "known only from its callers"},
	fieldRoot:                  {"root", kindBool, scopeService, "the entry point of the trace"},
	fieldFirst:                 {"first", kindBool, scopeCause, "first of its list"},
	fieldLast:                  {"last", kindBool, scopeCause, "last of its list"},
	fieldRemote:                {"remote", kindBool, scopeCauseEntity | scopeTimeEntity, "a call to another service"},
	fieldResponseTime:          {"responsetime", kindNumber, scopeObserved, "seconds until the answer"},
	fieldDuration:              {"duration", kindNumber, scopeObserved, "seconds until all work ended"},
	fieldStatus:                {"http.status", kindNumber, scopeObserved, "status of the answer"},
	fieldIndex:                 {"index", kindNumber, scopeCause, "place in its list, from 0"},
	fieldCoverage:              {"coverage", kindNumber, scopeTimeEntity, "share of the response time, 0 to 1"},
	fieldURL:                   {"http.url", kindString, scopeObserved, "URL of the request"},
	fieldMethod:                {"http.method", kindString, scopeObserved, "method of the request"},
	fieldUserAgent:             {"http.useragent", kindString, scopeObserved, "user agent of the request"},
	fieldClientIP:              {"http.clientip", kindString, scopeObserved, "address of the caller"},
	fieldUser:                  {"user", kindString, scopeObserved, "user of the request"},
	fieldName:                  {"name", kindString, scopeService | scopeCause, "name"},
	fieldType:                  {"type", kindString, scopeService | scopeCauseService, "type of the node"},
	fieldMessage:               {"message", kindString, scopeCauseException, "message of the exception"},
	fieldAvailabilityZone:      {"availabilityzone", kindString, scopeObserved, "availability zone"},
	fieldInstanceID:            {"instance.id", kindString, scopeObserved, "instance"},
	fieldResourceARN:           {"resource.arn", kindString, scopeObserved, "resource"},
	fieldAnnotation:            {"annotation", kindAny, scopeObserved, "annotation.key or annotation[key]"},
	fieldSourceAnnotation:      {"source.annotation", kindAny, scopeEdge, "annotation of the calling node"},
	fieldDestinationAnnotation: {"destination.annotation", kindAny, scopeEdge, "annotation of the called node"},
}

// Words that begin something else than a comparison.
const (
	wordService   = "service"
	wordEdge      = "edge"
	wordID        = "id"
	wordGroupName = "group.name"
	wordGroupARN  = "group.arn"
	wordCauseJSON = "rootcause.json"
	wordCause     = "rootcause."
	wordAnd       = "and"
	wordOr        = "or"
	wordNot       = "not"
	wordTrue      = "true"
	wordFalse     = "false"
	wordAccountID = "account.id"
)

// vocabulary has all of X-Ray's words in lower case. What is accepted beyond
// X-Ray (not, source.annotation) is left out: error messages depend on it.
var vocabulary = func() []string {
	words := []string{
		wordService, wordEdge, wordID, wordGroupName, wordGroupARN, wordCauseJSON, wordAccountID,
		wordAnd, wordOr, wordTrue, wordFalse, "contains", "beginswith", "endswith",
	}
	for _, c := range causeSelectors {
		words = append(words, c.word())
	}
	for f := range keywords {
		if f := field(f); f != fieldSourceAnnotation && f != fieldDestinationAnnotation {
			words = append(words, keywords[f].name)
		}
	}
	return words
}()

// terms has the words that can begin a term in one of scopes s.
func terms(s scope) []string {
	var words []string
	for _, k := range keywords {
		if k.scopes&s != 0 {
			words = append(words, k.name)
		}
	}
	if s&scopeTrace != 0 {
		words = append(words, wordService, wordEdge, wordGroupName, wordGroupARN, wordCauseJSON)
		for _, c := range causeSelectors {
			words = append(words, c.word())
		}
	}
	return words
}

// lookup returns the field that word, in any case, names.
func lookup(word string) (field, bool) {
	word = strings.ToLower(word)
	for f, k := range keywords {
		if k.name == word {
			return field(f), true
		}
	}
	return 0, false
}

// places says where a keyword may be used, for messages.
func (s scope) places() string {
	var in []string
	if s&scopeTrace != 0 {
		in = append(in, "outside of braces")
	}
	if s&scopeService != 0 {
		in = append(in, "in service(){}")
	}
	if s&scopeEdge != 0 {
		in = append(in, "in edge(){}")
	}
	switch {
	case s&scopeCause == scopeCause:
		in = append(in, "in rootcause.*{}")
	case s&scopeCauseService != 0:
		in = append(in, "in rootcause.*.service{}")
	case s&scopeCauseEntity != 0:
		in = append(in, "in rootcause.*.entity{}")
	case s&scopeTimeEntity != 0:
		in = append(in, "in rootcause.responsetime.entity{}")
	case s&scopeCauseException != 0:
		in = append(in, "in rootcause.*.exception{}")
	}
	return strings.Join(in, " or ")
}

// operator relates a field to a value.
type operator uint8

const (
	opNone operator = iota // a bare keyword: true, or set
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
	opContains
	opBeginsWith
	opEndsWith
)

var operators = [...]string{
	opNone:         "",
	opEqual:        "=",
	opNotEqual:     "!=",
	opLess:         "<",
	opLessEqual:    "<=",
	opGreater:      ">",
	opGreaterEqual: ">=",
	opContains:     "CONTAINS",
	opBeginsWith:   "BEGINSWITH",
	opEndsWith:     "ENDSWITH",
}

// String returns the operator as it is written.
func (o operator) String() string { return operators[o] }

// operatorsOf has the operators that fields of kind k allow.
func operatorsOf(k kind) []operator {
	switch k {
	case kindBool:
		return []operator{opEqual, opNotEqual}
	case kindNumber:
		return []operator{opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual}
	case kindString:
		return []operator{opEqual, opNotEqual, opContains, opBeginsWith, opEndsWith}
	}
	return []operator{
		opEqual, opNotEqual, opLess, opLessEqual, opGreater, opGreaterEqual, opContains, opBeginsWith, opEndsWith,
	}
}
