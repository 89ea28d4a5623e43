"""Read one client's Stripe alone and print what came:  python -m ingestion.stripe CLIENT_ID --connections FILE.json"""

from ingestion.alone import main

if __name__ == "__main__":
    main("stripe")
