package api

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// formats are JSON, whose errors are in our words: Go's repeat what the client sent and name our types.
func formats() map[string]huma.Format {
	f := huma.DefaultJSONFormat
	f.Unmarshal = decode
	return map[string]huma.Format{"application/json": f, "json": f}
}

// What is wrong with a body that huma's validation lets through, or that it cannot look at.
const (
	badNumber  = "expected a number in range, and plain digits where it is an integer"
	badType    = "expected another type"
	badJSON    = "this is not JSON"
	badContent = "expected application/json"
)

// decode is json.Unmarshal. Its error is one of the sentences above, behind the field where that is known.
func decode(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if !errors.As(err, &wrong) {
		return errors.New(badJSON)
	}
	message := badType
	if strings.HasPrefix(wrong.Value, "number") {
		message = badNumber
	}
	if wrong.Field != "" {
		message = wrong.Field + ": " + message
	}
	return errors.New(message)
}

// field is what huma found wrong, without what the client sent. huma knows an error of decode as a sentence alone, so the
// place is taken from its front.
func field(d *huma.ErrorDetail) Field {
	f := Field{Location: ours(d.Location, d.Message), Message: d.Message}
	if strings.HasPrefix(f.Message, huma.ErrUnknownContentType.Error()) {
		f.Message = badContent
	}
	for _, sentence := range []string{badNumber, badType} {
		if at, ok := strings.CutSuffix(f.Message, ": "+sentence); ok {
			f.Location, f.Message = f.Location+"."+at, sentence
		}
	}
	return f
}
