package segment

// SQL is a query. Absent strings are empty.
type SQL struct {
	ConnectionString, URL, SanitizedQuery string
	DatabaseType, DatabaseVersion         string
	DriverVersion, User, Preparation      string
}

// sql reads the value of "sql".
func (d *Decoder) sql() *SQL {
	if d.peek() != '{' {
		d.skip()
		return nil
	}
	q := d.sqls.One()
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "connection_string":
			q.ConnectionString = d.str()
		case "url":
			q.URL = d.str()
		case "sanitized_query":
			q.SanitizedQuery = d.str()
		case "database_type":
			q.DatabaseType = d.str()
		case "database_version":
			q.DatabaseVersion = d.str()
		case "driver_version":
			q.DriverVersion = d.str()
		case "user":
			q.User = d.str()
		case "preparation":
			q.Preparation = d.str()
		default:
			d.skip()
		}
	}
	return q
}

// append appends q as a member.
func (q *SQL) append(dst []byte) []byte {
	dst = append(appendKey(dst, "sql"), '{')
	dst = appendText(dst, "connection_string", q.ConnectionString)
	dst = appendText(dst, "url", q.URL)
	dst = appendText(dst, "sanitized_query", q.SanitizedQuery)
	dst = appendText(dst, "database_type", q.DatabaseType)
	dst = appendText(dst, "database_version", q.DatabaseVersion)
	dst = appendText(dst, "driver_version", q.DriverVersion)
	dst = appendText(dst, "user", q.User)
	dst = appendText(dst, "preparation", q.Preparation)
	return append(dst, '}')
}
