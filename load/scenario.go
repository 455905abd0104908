package load

// scenario is one way in which a request to the shop can end.
type scenario struct {
	permille int               // share of all traces
	status   map[string]int    // HTTP status by party; 200 where absent
	failure  map[string]string // members that mark a failed entity, by entity
}

const (
	fault = `"fault":true,`
	throw = `"fault":true,"cause":{"working_directory":"/srv/app","exceptions":[` +
		`{"id":"5f3c2b1a09f8e7d6","message":"authorization timed out after 25 s","type":"BankTimeout","stack":[` +
		`{"path":"bank/client.py","line":118,"label":"authorize"},{"path":"charges/service.py","line":64,"label":"charge"},{"path":"app.py","line":31,"label":"post_charge"}]}]},`
	clientError = `"error":true,`
	throttled   = `"throttle":true,"error":true,`
)

// scenarios are the ways, the ordinary one first.
var scenarios = []scenario{
	{permille: 940},
	{
		permille: 30,
		status:   map[string]int{"catalog": 404, "storefront": 404},
		failure:  map[string]string{"catalog": clientError, "storefront": clientError, "storefront to catalog": clientError},
	},
	{
		permille: 20,
		status:   map[string]int{"bank": 504, "payments": 500, "orders": 502, "storefront": 502},
		failure: map[string]string{
			"payments to bank": fault, "payments": throw, "orders to payments": fault,
			"orders": fault, "storefront to orders": fault, "storefront": fault,
		},
	},
	{
		permille: 10,
		status:   map[string]int{"payments": 429, "orders": 503, "storefront": 503},
		failure: map[string]string{
			"payments": throttled, "orders to payments": throttled,
			"orders": fault, "storefront to orders": fault, "storefront": fault,
		},
	},
}

// statusOf returns the HTTP status of a party.
func (s *scenario) statusOf(party string) int {
	if n, ok := s.status[party]; ok {
		return n
	}
	return 200
}

// pickScenario chooses by shares; r is random.
func pickScenario(r uint64) int {
	n := int(r % 1000)
	for i, s := range scenarios {
		if n -= s.permille; n < 0 {
			return i
		}
	}
	return 0
}
