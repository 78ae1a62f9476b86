"""Sixty Dockerfiles after the habits of well-known projects, reduced to what their RUN lines do.

Each is (image, files of the context, RUN lines of one stage after another). They were chosen before the package
managers were written for: web applications in Python, Node, Go, Java, PHP and Ruby, servers, tools, Debian and Alpine.
"""

from __future__ import annotations

REQUIREMENTS = {"/app/requirements.txt": "flask\ngunicorn\nrequests\n", "/app/app.py": "print(1)\n"}
DJANGO = {"/app/requirements.txt": "django\npsycopg2-binary\ngunicorn\n", "/app/manage.py": "x\n"}
DATA = {"/app/requirements.txt": "numpy\npandas\nscikit-learn\nmatplotlib\n"}
FASTAPI = {"/app/requirements.txt": "fastapi\nuvicorn\nsqlalchemy\npydantic\n"}
NODE = {
    "/app/package.json": '{"name":"web","version":"1.0.0","scripts":{"build":"tsc","start":"node x.js"},'
    '"dependencies":{"express":"*","cors":"*"},"devDependencies":{"typescript":"*","eslint":"*"}}',
    "/app/package-lock.json": "{}",
    "/app/yarn.lock": "# yarn lockfile v1\n",
}
REACT = {
    "/app/package.json": '{"name":"site","version":"1.0.0","scripts":{"build":"vite build"},'
    '"dependencies":{"react":"*","react-dom":"*"},"devDependencies":{"vite":"*"}}',
    "/app/package-lock.json": "{}",
}
GO = {"/app/go.mod": "module x\n", "/app/go.sum": "", "/app/main.go": "package main\n"}
MAVEN = {"/app/pom.xml": "<project/>", "/app/mvnw": "#!/bin/sh\nexit 0\n"}
GEMS = {"/app/Gemfile": "x", "/app/Gemfile.lock": "x"}
PHP = {"/app/composer.json": "{}"}
RUST = {"/app/Cargo.toml": "[package]", "/app/src/main.rs": ""}
LISTS = "rm -rf /var/lib/apt/lists/*"
USER = "useradd --create-home --shell /bin/bash app"
SYSTEM_USER = "groupadd -r app && useradd -r -g app app"
ALPINE_USER = "addgroup -S app && adduser -S -G app app"

DOCKERFILES: tuple[tuple[str, dict[str, str], tuple[str, ...]], ...] = (
    ("python:3.12-slim", REQUIREMENTS, ("pip install --no-cache-dir -r requirements.txt", USER)),
    ("python:3.11-slim", REQUIREMENTS, ("pip install -r requirements.txt", "mkdir -p /data && chmod 755 /data")),
    ("python:3.13", REQUIREMENTS, ("python -m pip install --upgrade pip", "pip install --no-cache-dir -r requirements.txt")),
    ("python:3.9-slim", DJANGO, (f"apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev && {LISTS}", "pip install --no-cache-dir -r requirements.txt", "python manage.py collectstatic --noinput")),
    ("python:3.12-slim-bookworm", DJANGO, ("python -m venv /opt/venv", "/opt/venv/bin/pip install -r requirements.txt", SYSTEM_USER, "chown -R app:app /app")),
    ("python:3.12-slim", DATA, (f"apt-get update && apt-get install -y build-essential git curl && {LISTS}", "pip3 install -r requirements.txt")),
    ("python:3.10", FASTAPI, ("pip install --no-cache-dir --upgrade -r requirements.txt",)),
    ("python:3.12-alpine", REQUIREMENTS, ("apk add --no-cache gcc musl-dev libffi-dev", "pip install --no-cache-dir -r requirements.txt", ALPINE_USER)),
    ("python:3.12-slim", {"/app/pyproject.toml": "", "/app/poetry.lock": ""}, ("pip install poetry", "poetry config virtualenvs.create false && poetry install --no-root")),
    ("python:3.11-slim-bullseye", REQUIREMENTS, (f"apt-get update && apt-get install --no-install-recommends -y curl && {LISTS}", "pip install gunicorn && pip install -r requirements.txt")),
    ("python:3.8", {}, ("pip install flask redis celery",)),
    ("python:3.12-slim", REQUIREMENTS, ("apt-get update && apt-get install -y libgl1 libglib2.0-0 && apt-get clean && " + LISTS, "pip install opencv-python-headless numpy pillow")),
    ("python:3.12", {}, ("pip install jupyterlab numpy pandas", "mkdir /notebooks")),
    ("node:18", NODE, ("npm install", "npm run build")),
    ("node:20-alpine", NODE, ("npm ci --omit=dev", ALPINE_USER)),
    ("node:22-slim", NODE, ("npm ci && npm cache clean --force", "chown -R node:node /app")),
    ("node:22-alpine", NODE, ("npm ci", "npm run build", "addgroup --system --gid 1001 nodejs && adduser --system --uid 1001 nextjs")),
    ("node:18-alpine", NODE, ("apk add --no-cache libc6-compat", "yarn install --frozen-lockfile")),
    ("node:lts", NODE, ("yarn install --frozen-lockfile --production", "rm -rf /tmp/*")),
    ("node:20-slim", REACT, ("npm ci", "npm run build")),
    ("node:22", NODE, ("npm install -g nodemon typescript", "npm install")),
    ("node:16-buster", NODE, ("apt-get update && apt-get install -y python3 make g++", "npm install --production")),
    ("node:22-slim", NODE, (f"apt-get update && apt-get install -y --no-install-recommends dumb-init && {LISTS}", "npm ci --omit=dev")),
    ("node:20", NODE, ("mkdir -p /home/node/app/node_modules && chown -R node:node /home/node/app", "npm install pm2 -g", "npm install")),
    ("golang:1.22", GO, ("go mod download", "CGO_ENABLED=0 GOOS=linux go build -o /server .")),
    ("golang:1.23-alpine", GO, ("apk add --no-cache git ca-certificates", "go mod download && go build -o /bin/app ./...")),
    ("golang:1.21-bookworm", GO, ("go build -ldflags='-s -w' -o /out/app main.go", "chmod +x /out/app")),
    ("golang:1.26", GO, ("adduser --disabled-password --gecos '' --uid 10001 appuser", "go build -o app")),
    ("eclipse-temurin:21-jre", {}, (SYSTEM_USER, "mkdir -p /app/logs && chown -R app:app /app")),
    ("eclipse-temurin:17-jdk", MAVEN, ("chmod +x mvnw", "mkdir -p target/dependency && cd target/dependency")),
    ("maven:3.9-eclipse-temurin-17", MAVEN, ("mvn dependency:go-offline", "mvn package -DskipTests")),
    ("gradle:8-jdk17", {}, ("gradle build --no-daemon",)),
    ("openjdk:17-jdk-slim", {}, ("mkdir /opt/app", "addgroup --system spring && adduser --system --ingroup spring spring")),
    ("eclipse-temurin:17-jre-alpine", {}, (ALPINE_USER, "apk add --no-cache curl")),
    ("php:8.2-fpm", PHP, (f"apt-get update && apt-get install -y libpng-dev libzip-dev unzip && {LISTS}", "docker-php-ext-install pdo pdo_mysql gd")),
    ("php:8.2-apache", {}, ("a2enmod rewrite", "docker-php-ext-install mysqli", "chown -R www-data:www-data /var/www/html")),
    ("php:8.3-cli-alpine", PHP, ("apk add --no-cache git unzip", "composer install --no-dev")),
    ("composer:2", PHP, ("composer install --no-dev --optimize-autoloader",)),
    ("ruby:3.3", GEMS, ("bundle install", "mkdir -p tmp/pids log")),
    ("ruby:3.2-slim", GEMS, (f"apt-get update -qq && apt-get install --no-install-recommends -y build-essential libpq-dev && {LISTS}", "bundle install && rm -rf ~/.bundle")),
    ("rust:1.80", RUST, ("cargo build --release",)),
    ("rust:1.80-slim", RUST, ("mkdir -p src && echo 'fn main() {}' > src/main.rs", "cargo build --release && rm -rf src")),
    ("nginx:1.25", {}, ("rm /etc/nginx/conf.d/default.conf", "ln -sf /dev/stdout /var/log/nginx/access.log")),
    ("nginx:alpine", {}, ("rm -rf /usr/share/nginx/html/*", "echo ok > /usr/share/nginx/html/health.txt")),
    ("nginx", {}, ("sed -i 's/80/8080/' /etc/nginx/conf.d/default.conf || true", "chown -R nginx:nginx /var/cache/nginx && chmod -R 755 /var/cache/nginx", "touch /var/run/nginx.pid")),
    ("ubuntu:20.04", {}, ("apt-get update && apt-get install -y nginx", "echo 'hello' > /var/www/index.html || mkdir -p /var/www")),
    ("ubuntu:22.04", {}, (f"apt-get update && apt-get install -y --no-install-recommends curl ca-certificates && {LISTS}", USER)),
    ("ubuntu:24.04", {}, (f"apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y tzdata && ln -fs /usr/share/zoneinfo/Asia/Seoul /etc/localtime && {LISTS}", "echo 'Asia/Seoul' > /etc/timezone")),
    ("ubuntu:22.04", {}, ("apt-get update", "apt-get install -y python3 python3-pip", "pip3 install flask")),
    ("debian:12-slim", {}, (f"set -eux; apt-get update; apt-get install -y --no-install-recommends ca-certificates gnupg; {LISTS}", SYSTEM_USER, "mkdir -p /var/lib/app && chown app:app /var/lib/app")),
    ("debian:bookworm", {}, (f"apt-get update && apt-get install -y git vim wget && {LISTS}", "mkdir -p /workspace && chmod 777 /workspace")),
    ("debian:12", {}, (f"apt-get update && apt-get install -y --no-install-recommends gcc make libc6-dev && apt-get purge -y --auto-remove gcc make && {LISTS}",)),
    ("debian:bullseye-slim", {}, (f"apt-get update && apt-get install -y cron supervisor && apt-get clean && {LISTS}", "mkdir -p /var/log/supervisor")),
    ("alpine:3.20", {}, ("apk add --no-cache bash curl jq", "mkdir -p /app && echo ready > /app/state")),
    ("alpine:latest", {}, ("apk --no-cache add ca-certificates tzdata", ALPINE_USER)),
    ("alpine:3.19", {}, ("apk update && apk upgrade && apk add --no-cache nginx && rm -rf /var/cache/apk/*", "mkdir -p /run/nginx")),
    ("alpine", {}, ("apk add --no-cache --virtual .build-deps gcc musl-dev && apk del .build-deps",)),
    ("busybox:1.36", {}, ("mkdir -p /www && echo hi > /www/index.html", "adduser -D -u 1000 web")),
    ("postgres:16", {}, ("mkdir -p /docker-entrypoint-initdb.d && chown postgres:postgres /docker-entrypoint-initdb.d", "localedef -i ko_KR -c -f UTF-8 ko_KR.UTF-8 || true")),
    ("redis:7-alpine", {}, ("mkdir -p /usr/local/etc/redis && echo 'maxmemory 64mb' > /usr/local/etc/redis/redis.conf", "chown redis:redis /usr/local/etc/redis/redis.conf")),
)  # fmt: skip

ELSEWHERE = frozenset(
    {
        "go", "cargo", "mvn", "gradle", "bundle", "composer", "docker-php-ext-install", "poetry", "tsc", "vite", "python",
        "localedef", "curl", "wget", "git", "make", "gcc",
    }
)  # fmt: skip
"""Compilers, build tools, downloads and programs of the application itself: their effect isn't ours to know."""
