package xrayapi

import "context"

// encryption is the configuration as it is stored: what a client chose. Data at
// rest is encrypted below radiograph or not at all.
type encryption struct {
	Type  string `json:"type"`
	KeyID string `json:"key_id,omitempty"`
}

const (
	encryptionNone = "NONE"
	encryptionKMS  = "KMS"
)

type encryptionShape struct {
	KeyID        *string `json:"KeyId"`
	Status, Type string
}

type encryptionOutput struct {
	EncryptionConfig encryptionShape
}

func (a *API) getEncryption(ctx context.Context, _ *empty) (*encryptionOutput, error) {
	e, ok, err := load[encryption](ctx, a, stateEncryption, stateKeyOnly)
	if err != nil {
		return nil, err
	}
	if !ok {
		e.Type = encryptionNone
	}
	return &encryptionOutput{encryptionShape{KeyID: orNull(e.KeyID), Status: "ACTIVE", Type: e.Type}}, nil
}

type putEncryptionInput struct {
	Type  *string
	KeyID *string `json:"KeyId"`
}

func (in *putEncryptionInput) check(v *violations) {
	v.Required("type", in.Type != nil)
	v.OneOf("type", in.Type, encryptionNone, encryptionKMS)
	v.Length("keyId", in.KeyID, 1, 3000)
}

// putEncryption stores the choice. As with AWS the answer says UPDATING; the next
// read says ACTIVE.
func (a *API) putEncryption(ctx context.Context, in *putEncryptionInput) (*encryptionOutput, error) {
	e := encryption{Type: *in.Type, KeyID: text(in.KeyID)}
	switch {
	case e.Type == encryptionKMS && e.KeyID == "":
		return nil, invalid("KeyId is required when Type is KMS")
	case e.Type == encryptionNone && e.KeyID != "":
		return nil, invalid("KeyId must not be given when Type is NONE")
	}
	if err := save(ctx, a, stateEncryption, stateKeyOnly, e); err != nil {
		return nil, err
	}
	return &encryptionOutput{encryptionShape{KeyID: in.KeyID, Status: "UPDATING", Type: e.Type}}, nil
}
