package llm

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestNewClientChecksItsConfig(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no model":        {},
		"no scheme":       {ChatModel: "m", BaseURL: "127.0.0.1:8000/v1"},
		"no host":         {ChatModel: "m", BaseURL: "http:///v1"},
		"ftp":             {ChatModel: "m", BaseURL: "ftp://example.org/v1"},
		"query":           {ChatModel: "m", BaseURL: "http://example.org/v1?key=1"},
		"control":         {ChatModel: "m", BaseURL: "http://example.org/\x7f"},
		"dimensions":      {EmbedModel: "m", EmbedDimensions: -1},
		"batch":           {EmbedModel: "m", EmbedBatch: 2049},
		"negative time":   {ChatModel: "m", ChatTimeout: -time.Second},
		"negative count":  {ChatModel: "m", MaxAttempts: -1},
		"negative size":   {ChatModel: "m", MaxResponseBytes: -1},
		"negative breaks": {ChatModel: "m", BreakerFailures: -1},
	} {
		if c, err := NewClient(cfg); err == nil {
			c.Close()
			t.Errorf("%s: no error", name)
		}
	}
	for _, url := range []string{"", "http://127.0.0.1:1/v1", "https://example.org/v1/", "http://[::1]:8080/v1"} {
		c, err := NewClient(Config{EmbedModel: "m", BaseURL: url})
		if err != nil {
			t.Errorf("%q: %v", url, err)
			continue
		}
		c.Close()
	}
}

func TestConfigHidesTheKey(t *testing.T) {
	cfg := Config{APIKey: "sk-test-key", ChatModel: "m", BaseURL: "http://user:pass-word@example.org/v1"}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("config", "llm", cfg, "pointer", &cfg)
	b.WriteString(fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, &cfg))
	for _, s := range []string{"sk-test-key", "pass-word"} {
		if strings.Contains(b.String(), s) {
			t.Errorf("shows %s: %s", s, b.String())
		}
	}
}
