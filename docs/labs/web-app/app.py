"""A page that counts its visits."""

from http.server import BaseHTTPRequestHandler, HTTPServer

visits = 0


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        global visits
        visits += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"visit {visits}\n".encode())


if __name__ == "__main__":
    HTTPServer(("", 8000), Page).serve_forever()
