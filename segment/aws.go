package segment

// AWS holds the members of the "aws" object that radiograph uses, and all of it
// as JSON. Absent strings are empty.
type AWS struct {
	Operation, AccountID, Region, RequestID string
	TableName, BucketName, QueueURL         string
	TopicARN, FunctionName                  string
	InstanceID, AvailabilityZone            string // from aws.ec2

	// Raw is the whole object, compact, without resource_names. When it is nil,
	// AppendJSON writes the members above.
	Raw Raw
}

const keyResourceNames = "resource_names"

// aws reads the value of "aws".
func (d *Decoder) aws() *AWS {
	if d.peek() != '{' {
		d.skip()
		return nil
	}
	a := d.awses.One()
	c := d.capture()
	for ok := d.object(); ok; ok = d.member() {
		at, keep := d.keyPos, d.key != keyResourceNames
		if keep {
			d.awsMember(a)
		} else {
			d.skip()
		}
		c.member(at, keep)
	}
	a.Raw = c.end()
	return a
}

func (d *Decoder) awsMember(a *AWS) {
	switch d.key {
	case "operation":
		a.Operation = d.str()
	case "account_id":
		a.AccountID = d.str()
	case "region":
		a.Region = d.str()
	case "request_id":
		a.RequestID = d.str()
	case "table_name":
		a.TableName = d.str()
	case "bucket_name":
		a.BucketName = d.str()
	case "queue_url":
		a.QueueURL = d.str()
	case "topic_arn":
		a.TopicARN = d.str()
	case "function_name":
		a.FunctionName = d.str()
	case "ec2":
		d.awsEC2(a)
	default:
		d.skip()
	}
}

func (d *Decoder) awsEC2(a *AWS) {
	a.InstanceID, a.AvailabilityZone = "", ""
	for ok := d.object(); ok; ok = d.member() {
		switch d.key {
		case "instance_id":
			a.InstanceID = d.str()
		case "availability_zone":
			a.AvailabilityZone = d.str()
		default:
			d.skip()
		}
	}
}

// append appends a as a member; resource is what its call leads to, "" if that
// is not known.
func (a *AWS) append(dst []byte, resource string) []byte {
	dst = appendKey(dst, "aws")
	if len(a.Raw) > 0 {
		dst = append(dst, a.Raw[:len(a.Raw)-1]...)
	} else {
		dst = a.appendMembers(append(dst, '{'))
	}
	if resource != "" {
		dst = append(appendKey(dst, keyResourceNames), '[')
		dst = append(appendString(dst, resource), ']')
	}
	return append(dst, '}')
}

// AppendObject appends the whole object, without resource_names.
func (a *AWS) AppendObject(dst []byte) []byte {
	if len(a.Raw) > 0 {
		return append(dst, a.Raw...)
	}
	return append(a.appendMembers(append(dst, '{')), '}')
}

func (a *AWS) appendMembers(dst []byte) []byte {
	dst = appendText(dst, "operation", a.Operation)
	dst = appendText(dst, "account_id", a.AccountID)
	dst = appendText(dst, "region", a.Region)
	dst = appendText(dst, "request_id", a.RequestID)
	dst = appendText(dst, "table_name", a.TableName)
	dst = appendText(dst, "bucket_name", a.BucketName)
	dst = appendText(dst, "queue_url", a.QueueURL)
	dst = appendText(dst, "topic_arn", a.TopicARN)
	dst = appendText(dst, "function_name", a.FunctionName)
	if a.InstanceID != "" || a.AvailabilityZone != "" {
		dst = append(appendKey(dst, "ec2"), '{')
		dst = appendText(dst, "instance_id", a.InstanceID)
		dst = appendText(dst, "availability_zone", a.AvailabilityZone)
		dst = append(dst, '}')
	}
	return dst
}
