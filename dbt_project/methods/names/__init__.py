"""Names of vendors and customers: the words that identify a party, and how likely two names are one party.

clean     descriptor or name -> the words that identify, numbers and legal forms set apart (polars, per distinct text)
parts     a cleaned name -> weighted tokens, once per distinct name
evidence  two names -> named pieces of evidence, each a number from 0 to 1
scorer    evidence -> calibrated probability, with the pieces that spoke loudest
parties   names of a client's records against the parties it knows, for the warehouse
links     two lists of names -> the pairs worth scoring, and at most one link per left name
"""
