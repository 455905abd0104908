package segment

// Outcome is how a request ended: exactly one of four.
type Outcome uint8

// The outcomes, in the order in which the service graph counts them.
const (
	OK       Outcome = iota
	Error            // 4xx other than 429
	Throttle         // 429
	Fault            // 5xx
)

// String returns "ok", "error", "throttle" or "fault".
func (o Outcome) String() string {
	switch o {
	case Error:
		return "error"
	case Throttle:
		return "throttle"
	case Fault:
		return "fault"
	case OK:
	}
	return "ok"
}

// Flags are the failure flags of an entity. Several may be set; [Flags.Outcome]
// names the one that counts.
type Flags uint8

// The flags. FlagError is never set together with FlagThrottle.
const (
	FlagError Flags = 1 << iota
	FlagFault
	FlagThrottle
)

// Flags combines what is written on s with its HTTP status: 429 is a throttle and
// not an error, 400 to 499 an error, 500 to 599 a fault.
func (s *Segment) Flags() Flags {
	status := 0
	if s.HTTP != nil {
		status = s.HTTP.Status
	}
	var f Flags
	if s.Throttle == True || status == 429 {
		f |= FlagThrottle
	} else if s.Error == True || status >= 400 && status < 500 {
		f |= FlagError
	}
	if s.Fault == True || status >= 500 && status < 600 {
		f |= FlagFault
	}
	return f
}

// Outcome returns the outcome that statistics count: throttle before fault before
// error before ok.
func (f Flags) Outcome() Outcome {
	switch {
	case f&FlagThrottle != 0:
		return Throttle
	case f&FlagFault != 0:
		return Fault
	case f&FlagError != 0:
		return Error
	}
	return OK
}
