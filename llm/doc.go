// Package llm is the edge between Lectern and language models. It owns
//
//   - [Client], which speaks the OpenAI-compatible protocol (chat completions,
//     plain and streamed, structured outputs, embeddings) with retries, a
//     circuit breaker per kind of endpoint, deadlines and bounded reads;
//   - [Offline], an embedder that needs no model and no network;
//   - [Tokenizer], the token counts that chunks and budgets are measured in;
//   - [CostMicroUSD], a dated table of prices.
//
// Nothing of the underlying libraries is visible outside, and nothing here is
// an interface: the packages that use a model declare the one or two methods
// they need.
//
// # What is never in an error or a log line
//
// Prompts hold students' questions and lecture text, and replies quote both.
// Errors and log lines therefore carry a status, a code, a type and a request
// id, all cut down to identifier characters, and never a message or a body
// that a server sent. For the same reason a redirect is not followed.
//
// # Which error means what
//
//   - [ErrUnavailable]: the server could not be reached, kept answering 408,
//     429 or 5xx, sent no text in time, ran into the deadline, or its breaker is
//     open, be it since the reply began. It may pass.
//   - [ErrIncomplete]: the reply began and did not end as the protocol says, or
//     came too slowly.
//   - [ErrMalformed]: the reply ended and is not what the protocol says.
//   - [ErrTooLarge]: the reply is longer than Config.MaxResponseBytes.
//   - *[APIError]: the server refused the request; also wrapped by
//     ErrUnavailable when a status that may pass did not.
//   - [ErrEmptyText]: the text to embed has nothing in it.
//   - context.Canceled and context.DeadlineExceeded as usual.
package llm
