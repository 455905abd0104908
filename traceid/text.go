package traceid

// MarshalText returns the X-Ray spelling.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(nil), nil }

// UnmarshalText reads either spelling, see [Parse].
func (id *ID) UnmarshalText(b []byte) (err error) {
	*id, err = Parse(string(b))
	return err
}

// MarshalText returns 16 lower-case hex digits.
func (id EntityID) MarshalText() ([]byte, error) { return id.AppendText(nil), nil }

// UnmarshalText reads 16 hex digits, see [ParseEntity].
func (id *EntityID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseEntity(string(b))
	return err
}
