# Lectern alone, without a database: see docker-compose.yml, or give it LECTERN_DATABASE_URL.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# No C: the result runs on any Linux. No git in the build context, hence no revision.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -buildvcs=false -trimpath -ldflags='-s -w' -o /lectern ./cmd/lectern

FROM debian:bookworm-slim
# Certificates for a model server behind https; nothing else is added.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /lectern /usr/local/bin/lectern
COPY courses /srv/courses
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin lectern
USER 10001
WORKDIR /srv
ENV LECTERN_LOG_FORMAT=json
# /readyz looks at the database as well; it answers to loopback's names only. bash, because this image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=6 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\nHost: 127.0.0.1:8080\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["lectern"]
CMD ["serve", "--ingest", "courses/networks"]
